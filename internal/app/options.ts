/** What `serve` is told by its command. */

import type * as config from '../config/index.js';
import type * as terminal from '../terminal/index.js';

/** How this program was started, so that it can be started again. */
export interface Program {
  readonly script: string;
  /** The words after the program's name. */
  readonly arguments: readonly string[];
  /** Flags of node itself. */
  readonly execArgv: readonly string[];
}

export interface ServeOptions {
  /** What the configuration is read from, now and on every reload. */
  readonly read: config.ReadOptions;
  /** Effective user id; undefined where the platform has none. */
  readonly uid: number | undefined;
  readonly terminal: terminal.Terminal;
  readonly version: string;
  readonly program: Program;
  /** Whether stdout is a terminal. */
  readonly isTerminal: boolean;
  /** The user's folder for sockets (XDG_RUNTIME_DIR). */
  readonly runtimeDir: string | undefined;
}
