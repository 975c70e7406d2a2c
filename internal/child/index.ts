/**
 * Package child: a process that this one starts and keeps, seen from both sides.
 *
 * Its contract: `exited` always comes, exactly once, also when the process could not be started; what
 * a child says arrives in order; a child of ours whose parent has gone knows it at once, however the
 * parent went. Nothing here restarts anything: that is the supervisor's.
 */

export { notStarted, startCommand } from './command.js';
export type { CommandOptions, Sink } from './command-options.js';
export { openGuard } from './command-guard.js';
export type { Guard, GuardOptions } from './command-guard.js';
export { splitCommand } from './command-words.js';
export { startNode } from './node.js';
export type { NodeProcess } from './node.js';
export type { NodeOptions } from './node-options.js';
export { parent } from './parent.js';
export type { Parent } from './parent.js';
export type { Exit, Process, StopReason, Vitals } from './process.js';
export type { State, WorkerKind, WorkerStatus } from './status.js';
