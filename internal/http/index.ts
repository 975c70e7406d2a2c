/**
 * Package http: the server in front of an application. It owns the transport; the application is one
 * function of a Request.
 *
 * What opens the socket is not what serves: `listen` opens or inherits one and accepts nothing, `open`
 * serves on it. In between, and when the server is gone, the socket may be another process's.
 *
 * A request passes, in this order: request id, health, body limit, queue, application. Whatever ends
 * it, there is one record, and one report if it was a fault. No fault ends the process, and no client
 * reads more of an error than a RodentError's `detail`.
 *
 * Drain, in this order: streams are told; connections that the kernel has completed are accepted;
 * the listening socket closes. From the first moment every answer says `Connection: close`. Idle
 * connections end after `idleMs`, streams after `streamMs`, properly; the drain is over with the last
 * connection, or when its context is done: then what is left is cut and named.
 *
 * `open` registers drain, shutdown hook and pending work with the lifecycle; there is nothing to call
 * in the right order. Nothing here logs: `onRequest` and `onError` tell.
 *
 * Source: design sections 2 and 8; seed 004 (R-ROD-26…36), R-INP-30, 31, 38, 70…72.
 */

export type { Handler } from './adapter.js';
export { RequestEnd } from './cause.js';
export type { EndKind } from './cause.js';
export type { DrainOptions, DrainReport } from './drain.js';
export type { Env } from './env.js';
export type { Check, HealthOptions, Verdict } from './health.js';
export { adapt } from './hono.js';
export type { Application } from './hono.js';
export type { Limits } from './limits.js';
export { listen } from './listener.js';
export type { ListenOptions, Listener } from './listener.js';
export type { Databases } from './databases.js';
export type { Life, OpenOptions } from './options.js';
export type { AbortedBy, ErrorInfo, InFlight, RequestRecord } from './record.js';
export { open } from './server.js';
export type { Server, Stats } from './serving.js';
export type { TlsFiles } from './tls.js';
