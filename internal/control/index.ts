/**
 * Package control: the service's private interface, HTTP over a unix socket.
 *
 * `open` serves routes at a path, `call` asks one, `socketPath` finds a path that fits into a socket's
 * address. `curl --unix-socket PATH http://localhost/status` works as well.
 *
 * Its contract: whoever may open the socket may do everything, so the socket is 0600 in a folder that
 * only its owner can write, and neither side uses one that somebody else could have put there. It is
 * published by rename: a client finds the old socket or the new one, never none. The caller holds the
 * service's lock; a living socket of the same user is that of a predecessor and is replaced. `close`
 * lets answers under way get out and removes the socket only when it is still ours.
 *
 * JSON in, JSON out. An error is `{ "error": { "code", "detail" } }` under the code's HTTP status. A
 * route that returns an async generator answers in lines (application/x-ndjson): `{ "progress": … }`
 * for each value it yields, then `{ "result": … }` or `{ "error": … }`.
 *
 * What not to do: a route must not wait for the end of the process, which waits for the route's
 * answer; it answers that the stop has begun, or yields progress until `request.signal` aborts.
 *
 * Source: R-SUP-51; prior art: supervisord's unix_http_server, attack list entry 11 (squatting,
 * stalling).
 */

export { call } from './call.js';
export type { CallOptions } from './call.js';
export { open } from './open.js';
export type { Control, ControlOptions, Life } from './open.js';
export type { ControlRequest, Route, Routes } from './route.js';
export { socketPath } from './socket-path.js';
export type { SocketPathOptions } from './socket-path.js';
