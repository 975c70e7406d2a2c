/**
 * Package pidfile: one instance of a service, found and signalled safely. Three questions that a PID
 * file confuses are kept apart.
 *
 * Am I the only one? A lock answers that the kernel releases when its holder dies, however it dies;
 * never a file's content. The lock file names the kind of lock, so that all contenders use the same,
 * and is never unlinked. Who runs? The PID file (decimal PID and newline) and the state file, written
 * whole under the lock. Is it safe to signal? Only when the lock is held and the process is the one
 * recorded, by start time, boot and PID namespace.
 *
 * Everything derives from one absolute path, the PID file's: `<path>`, `<path>.lock` (and, for the rung
 * `sqlite`, `<path>.lock-a` and `-b`), `<path>.state`. Their folder must belong to us or to root and
 * be writable for nobody else; it is made (0700) when it is missing.
 *
 * The order: `claim` first of all, then signal handlers and control socket, then `publish`; `release`
 * last. A release belongs into every way out; after a kill -9 the kernel does it and the next claim
 * replaces the files. Stop a service through its control socket, or with `sendSignal` and then
 * `waitReleased`: wait for the lock, a process that is gone may hold it a little longer. What must
 * exclude across hosts belongs into a database.
 *
 * @example
 * const claim = await pidfile.claim('/run/shop/shop.pid');
 * claim.publish({ version: '1.2.0', socket: '/run/shop/control.sock' });
 * …
 * claim.release();
 *
 * Source: design section 3 "Single instance"; R-ROD-1…9, R-INP-21.
 */

export { Claim } from './claim.js';
export type { Heir, Inherited } from './claim.js';
export { identify, sameProcess } from './identity.js';
export type { Identity } from './identity.js';
export { inspect, waitReleased } from './inspect.js';
export type { InspectOptions, Instance } from './inspect.js';
export type { Rung } from './lock.js';
export type { Child, Details, HolderRecord } from './record.js';
export { sendSignal } from './signal.js';
export { adopt, claim } from './take.js';
export type { AdoptOptions, ClaimOptions } from './take.js';
