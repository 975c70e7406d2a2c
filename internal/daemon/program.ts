/** What is started, by a launch as by a hand-over. */

export interface ProgramOptions {
  /** The program that becomes the daemon or the successor. */
  readonly script: string;
  /** Default: none. */
  readonly arguments?: readonly string[];
  /** Flags of node (memory, loaders); default: those of this process. */
  readonly execArgv?: readonly string[];
  /** The node binary; default: that of this process. */
  readonly node?: string;
  /** Working directory; default: that of this process. */
  readonly cwd?: string;
  /** Environment; default: that of this process. */
  readonly env?: Readonly<NodeJS.ProcessEnv>;
  /** How long it may take to be ready, in milliseconds. */
  readonly timeoutMs: number;
  /** Gives the start up: what was started is stopped. */
  readonly signal?: AbortSignal | undefined;
}
