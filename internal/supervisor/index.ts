/**
 * Package supervisor: keeps processes running, one (`create`), a crew of equal ones behind one socket
 * (`openCrew`) or a roster of single named ones (`openRoster`).
 *
 * One machine keeps every kind of worker, in supervisord's states. Its moves stand in one table,
 * TRANSITIONS, and every move is told to the observer. A process that ends before it has *settled*
 * (RUNNING for `settleMs`) counts as a failed start: it is tried again by a ladder of delays, and after
 * `startRetries` retries in a row the worker is FATAL and keeps the process's own error. One that had
 * settled is started again at once, until it does so too often. An asked stop is never restarted.
 *
 * What a crew promises: nothing that serves is asked to leave before what replaces it is ready. A
 * reload is a transaction: all of the new generation, or the old one as it was. Stop beats reload beats
 * scale beats recycle; what is beaten is cancelled (stop) or waits (the others).
 *
 * Not here: how a process is started and what it tells (package child), the sockets, the limits by
 * which a worker is judged, and the coalescing of reloads (package lifecycle). Nothing logs: observers
 * are told. No timer keeps the process alive; the children's handles do.
 *
 * Source: design section 2; supervisord "Process States"; suture's failure counter; R-SUP-6…21, 37, 40.
 */

export type { BackoffOptions } from './backoff.js';
export { openCrew } from './crew.js';
export type { Crew, CrewOptions, CrewReload } from './crew.js';
export { describeEvent, isFailure } from './event.js';
export type { Observer, WorkerEvent } from './event.js';
export type { Judge, Verdict } from './judge.js';
export type { Changes, Entry } from './member.js';
export type { SupervisedProcess, WorkerOptions } from './options.js';
export { openRoster } from './roster.js';
export type { Roster, RosterOptions } from './roster.js';
export type { Maker, Slot } from './slot.js';
export type { StopReport } from './stop.js';
export { TRANSITIONS } from './transitions.js';
export { create } from './worker.js';
export type { Worker } from './worker.js';
