/** Who keeps a worker among others, and is asked about it. */

/** See the file. */
export interface Keeper {
  /** Whether it is to be started again, after its process was ready and ended by itself. */
  mayRestart(): boolean;
  /** Its process said that it leaves of its own accord. */
  handleLeaving(why: string): void;
}
