/** What a server is opened with, and what it needs of the service's life. */

import type { Logger } from 'pino';

import type * as context from '../context/index.js';
import type { Handler } from './adapter.js';
import type { Databases } from './databases.js';
import type { DrainOptions } from './drain.js';
import type { HealthOptions } from './health.js';
import type { Limits } from './limits.js';
import type { Listener } from './listener.js';
import type { ErrorInfo, RequestRecord } from './record.js';
import type { TlsFiles } from './tls.js';

/** The part of a Lifecycle that a server uses. */
export interface Life {
  readonly ctx: context.Context;
  readonly phase: string;
  registerDrain(name: string, fn: (ctx: context.Context) => Promise<void>): () => void;
  registerShutdownHook(name: string, fn: () => void | Promise<void>): () => void;
  registerPending(name: string, fn: () => readonly string[]): () => void;
}

export interface OpenOptions {
  /** The socket to serve on; the server closes it when it drains. */
  readonly listener: Listener;
  /** What answers the requests; `adapt` makes one of a Hono app. */
  readonly handler: Handler;
  /** Default: see Limits. */
  readonly limits?: Partial<Limits>;
  /** A route's own limit for bodies, in bytes, asked only for requests that have a body. */
  readonly bodyLimit?: (method: string, path: string) => number | undefined;
  /** Default: plain HTTP. */
  readonly tls?: TlsFiles;
  readonly health?: HealthOptions;
  /** What `env.log` of a request is a child of; asked when a handler first asks. Default: none. */
  readonly logger?: () => Logger;
  /** What handlers find as `env.db` and `env.databases`. Default: none. */
  readonly databases?: Databases | undefined;
  /** Called for each request that is over, but those for health. */
  readonly onRequest?: (record: RequestRecord) => void;
  /** Called once for each error that a handler threw. */
  readonly onError?: (error: unknown, info: ErrorInfo) => void;
  /** Limits of the drain that a stop begins. */
  readonly drain?: DrainOptions;
  /** Length of the kernel's queue of connections to accept. Default: 511, as Node's. */
  readonly backlog?: number;
}
