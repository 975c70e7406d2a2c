/** Who has a worker among others, and is asked about it. */

/** The one that a worker asks before it is started again, and tells when it leaves. */
export interface Owner {
  /** Whether it is to be started again, after its process was ready and ended by itself. */
  mayRestart(): boolean;
  /** Its process said that it leaves of its own accord. */
  handleLeaving(why: string): void;
}
