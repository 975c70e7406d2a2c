/** What can be said about a program that is started. */

import type { Guard } from './command-guard.js';

/** Where a stream goes: a descriptor of the program's own, nowhere, or to a function. */
export type Sink = number | 'ignore' | ((chunk: Buffer) => void);

/** What is started, and how. */
export interface CommandOptions {
  /** The program and its arguments, or a command line as `splitCommand` takes it. */
  readonly command: string | readonly string[];
  /** Its working folder; a relative program path with a slash starts here. */
  readonly directory: string;
  /** Its whole environment. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Default: the user of this process. Needs root; supplementary groups are dropped. */
  readonly uid?: number | undefined;
  /** Default: the group of this process. */
  readonly gid?: number | undefined;
  /** Default: that of this process. */
  readonly umask?: number | undefined;
  /** Default: 'ignore'. */
  readonly stdout?: Sink;
  /** Default: 'ignore'. The last lines are kept unless it is a descriptor, which passes by us. */
  readonly stderr?: Sink;
  /** What `stop` sends. Default: SIGTERM. */
  readonly stopSignal?: NodeJS.Signals | undefined;
  /** Whether `stop` reaches the whole group. Default: false, its leader alone. */
  readonly stopAsGroup?: boolean | undefined;
  /** Whether `kill`, and the end of its leader, reach the whole group. Default: true. */
  readonly killAsGroup?: boolean | undefined;
  /** 'newline': ready with a newline on descriptor 3. Default: 'none', `ready` never settles. */
  readonly readiness?: 'newline' | 'none' | undefined;
  /** Ends the program with this process, however this process ends. Default: none. */
  readonly guard?: Guard | undefined;
}
