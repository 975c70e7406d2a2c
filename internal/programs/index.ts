/**
 * Package programs: the commands and scripts that a service keeps beside its workers, one file each.
 *
 * `load` reads a folder of `NAME.conf` and returns every definition complete, or throws one error that
 * names every problem of every file with its line; nothing is started by halves. `diff` tells what a
 * new reading added, changed and removed. `start` starts one that is a command, in a session of its
 * own, and appends its output to its log files; `prepare` gives whoever runs a script the same
 * variables, user and logs.
 *
 * Nothing here restarts, waits or decides: the words of a definition are the supervisor's options.
 * Files are read by `load` alone, but for `environmentFile`, which is read again at each start so that
 * no secret waits in memory. What not to do: give a program a log file that another process rotates
 * without calling `reopenLogs` (a rename is noticed within a second, a truncation is not).
 *
 * Source: supervisord, "[program:x]"; R-SUP-13…22, R-SUP-25, R-SUP-26, W-SUP-10, W-SUP-13.
 */

export type { OnProblem } from './appender.js';
export { diff, fingerprint } from './definition.js';
export type { Definition, Difference, Output, Rotation, Run } from './definition.js';
export type { Variables } from './environment.js';
export { check, load } from './load.js';
export type { LoadOptions } from './load.js';
export { prepare } from './prepare.js';
export type { PrepareOptions, Prepared, Sink } from './prepare.js';
export { start } from './start.js';
export type { Program, StartOptions } from './start.js';
