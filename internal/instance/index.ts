/**
 * Package instance: a running service as a command sees it: found, asked, reloaded, scaled, stopped,
 * waited for.
 *
 * Its contract: the control socket is asked first, then the lock of the PID file; a bare process id
 * decides nothing. `stop` returns when the lock is free, not when a process id has gone. Without a
 * control socket (a service that hangs, a foreign file system) signals stand in, sent only to the
 * process that is proven to hold the lock. What takes its time tells its steps to `onProgress`, where
 * the service does; a service of an older version, which tells less, is understood.
 *
 * Source: design sections 3 and 5; R-ROD-40, 41, 45.
 */

export { announcementFile, databaseAddress } from './database.js';
export { hostId } from './host-id.js';
export { health } from './health.js';
export type { Health } from './health.js';
export { programs } from './programs.js';
export type { ProgramResult, ProgramVerb, ProgramsAnswer, ProgramsRequest } from './programs.js';
export { reload } from './reload.js';
export type { Reloaded, ReloadOptions, ReloadRequest } from './reload.js';
export { service } from './request.js';
export type { Listen, Progress, RequestOptions } from './request.js';
export { scale } from './scale.js';
export type { ScaleRequest, Scaled } from './scale.js';
export type { DatabaseStatus, Place, ServiceStatus } from './shape.js';
export { status } from './status.js';
export type { Status } from './status.js';
export { stop } from './stop.js';
export type { StopOptions } from './stop.js';
