/** What a supervisor tells the processes that it starts: what to be, and what to do then. */

import type * as config from '../config/index.js';
import type * as postgres from '../postgres/index.js';

/** What a supervisor tells its worker to be; survives JSON. */
export interface Boot {
  readonly name: string;
  readonly generation: number;
  /** It stands by until it is told to serve. */
  readonly isSpare: boolean;
  readonly config: config.Snapshot;
  readonly version: string;
  readonly isDetached: boolean;
  readonly isTerminal: boolean;
  readonly noColor: string | undefined;
  /** Absent for a service without a database. */
  readonly database?: postgres.Address;
  /** Whether it inherits the listening socket, is handed its connections, or serves none. */
  readonly socket: 'inherited' | 'none' | { readonly host: string; readonly port: number };
}

/** What a supervisor tells a worker while it runs. */
export type Instruction =
  | { readonly type: 'configure'; readonly config: config.Snapshot }
  | { readonly type: 'reopen' }
  | { readonly type: 'diagnose' };

/** What the process of a script is told to be; survives JSON. */
export interface ScriptBoot {
  readonly kind: 'script';
  readonly name: string;
  readonly path: string;
  readonly cacheDir: string;
  readonly graceMs: number;
}

/** A debugger's port belongs to one process: every worker would try to open it, and fail. */
export function flagsFor(execArgv: readonly string[]): readonly string[] {
  return execArgv.filter((flag) => !flag.startsWith('--inspect'));
}
