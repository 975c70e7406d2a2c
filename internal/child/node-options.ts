/** What a worker of ours may be started with. */

import type net from 'node:net';

/** What a worker is started with. */
export interface NodeOptions {
  readonly script: string;
  readonly arguments?: readonly string[];
  /** Flags of node; default: none. */
  readonly execArgv?: readonly string[];
  readonly cwd?: string;
  readonly env: Readonly<NodeJS.ProcessEnv>;
  /** What the worker gets as `parent().boot`; JSON. */
  readonly boot: unknown;
  /** Default: those of this process. */
  readonly uid?: number | undefined;
  readonly gid?: number | undefined;
  /** Default: that of this process. */
  readonly stdout?: 'ignore' | ((chunk: Buffer) => void);
  /** Descriptors that the worker finds with `parent().inherited(index)`; default: none. */
  readonly inherit?: readonly (number | { readonly fd: number })[];
  /** Is given what the worker writes to stderr, as it comes. */
  readonly onStderr?: (chunk: Buffer) => void;
  /** Whether connections are given to it, for which Node's own channel is needed; default: false. */
  readonly handsConnections?: boolean;
  /** Is given the connections that the worker had not taken when it ended. */
  readonly onReturned?: (socket: net.Socket) => void;
  /** Is given what the worker tells. */
  readonly onTell?: (value: unknown) => void;
}
