/**
 * Package limits: what a process may use, what it does use, and whether it still moves.
 *
 * `cores` and `workerCount` say how many workers are worth keeping. `memory` looks at any process from
 * outside, `openSampler` tells from inside how a worker fares, and `judge` says of
 * both whether that is over a limit. `openWatchdog` sees from a second thread that the event loop does
 * not move, and takes the stack that it is stuck in.
 *
 * Its contract: nothing here stops or restarts anything, except for the watchdog, which kills its own
 * process when that is stuck and nobody is left to do so. What cannot be told (no /proc on macOS, a
 * process of another user's namespace, one that has gone) is `undefined`, never a guess and never an
 * error. Silence is counted only while the counting side itself runs: a suspended process is not stuck.
 *
 * What not to do: take silence for proof alone. An event loop that beats may serve nothing, so requests
 * have deadlines of their own; `judge` hears of both.
 *
 * Source: design section 2; R-INP-64, 65, 67, 88…90, R-SUP-6, 9, 28, 30, W-INP-14, 24, W-SUP-14, 19.
 */

export { cores, workerCount } from './cores.js';
export type { CoresOptions } from './cores.js';
export { jittered, judge } from './judge.js';
export type { Limits, Subject, Verdict } from './judge.js';
export { memory } from './process-status.js';
export { open as openSampler } from './sampler.js';
export type { Sample, Sampler } from './sampler.js';
export { open as openWatchdog } from './watchdog.js';
export type { Watchdog, WatchdogOptions } from './watchdog.js';
export type { WatchdogLine } from './watchdog-line.js';
