/**
 * Package log: what a service says about itself, in four streams of one model.
 *
 * `open` gives a Log. With a folder, rodent's own records go to error.log, requests to access.log and
 * what the application prints to app.log and app.error.log; without one, records of every level go to
 * stdout, where one pipe reads them in order, and stderr is left to the application and to problems
 * of the log itself.
 *
 * A record is one line of JSON: `timestamp` (UTC), `level` (by name), `detail` (a constant sentence),
 * `context_msg`, `context_data` (the values), `error` (`name`, `code`, `detail`, `stack`, `cause`, …)
 * and what stands in every record (`pid`). Values of secret keys are taken out at any depth.
 *
 * What it promises: whole lines only; nothing is lost when the process exits, when a file is rotated,
 * renamed or truncated, or when a reader is slow; a full disk, a vanished reader or a folder that
 * became read-only never ends the service and never goes unsaid. What it cannot: a process that is
 * killed loses the requests of the last `flushMs`.
 *
 * Who opens a log closes it after everything else. Several processes may share one folder.
 *
 * Source: R-NIN-7, R-NIN-35, R-ROD-34, R-SUP-25, R-SUP-26, R-INP-12, R-INP-85.
 */

export type { AccessRecord } from './access.js';
export { captureStdio, redirect } from './capture.js';
export type { Undo } from './capture.js';
export { buffer } from './early.js';
export type { Early, Entry } from './early.js';
export { LogFile, openFile } from './file.js';
export { follow } from './follow.js';
export type { FollowOptions } from './follow.js';
export type { Level, Threshold } from './level.js';
export { Log } from './log.js';
export type { Stats, StreamStats, Streams } from './log.js';
export { open } from './open.js';
export type { OpenOptions } from './open.js';
export { paths } from './paths.js';
export type { Paths, StreamName } from './paths.js';
export { createFormat } from './pretty.js';
export type { Format } from './pretty.js';
export type { OnProblem, Problem } from './problem.js';
export type { Fields } from './record.js';
export { createRedactor, REDACTED } from './redact.js';
export type { Redactor } from './redact.js';
export { shift } from './rotate.js';
export type { RotateOptions } from './rotate.js';
export { tail } from './tail.js';
