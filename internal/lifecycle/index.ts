/**
 * Package lifecycle: how a process starts, gets ready, reloads, drains and stops.
 *
 * `run` is a whole program: it makes a Lifecycle, `life`, handles signals and uncaught errors, calls
 * `main(life)` and ends the process with an honest status. A program that wants to end itself takes
 * `create` and `handleSignals` instead, and awaits `life.whenStopped`.
 *
 * The phases are starting → ready ⇄ reloading → draining → stopping → stopped. A stop happens once,
 * whoever asks and however often, within one overall grace (25 s):
 *
 * 1. draining: readiness fails at once; after `drainDelayMs` the drains run, all together, given a
 *    fresh context with a deadline of its own. The root context `life.ctx` is alive meanwhile.
 * 2. stopping: `life.ctx` is cancelled with a StopError, then the context cancellers are called, all
 *    together; they may return a promise to be waited for.
 * 3. The shutdown hooks, one by one, the youngest first, each given a context with its own limit. So
 *    register a hook in the statement after the one that opened something.
 * 4. stopped: `life.whenStopped` resolves with the report.
 *
 * What fails or runs past its limit is named (name, file and line, age) to the observer and in the
 * report, and passed over; the rest runs all the same. The timers of these limits keep the process
 * alive, so a promise that never settles cannot end it in silence. A second interrupt ends the wait.
 * Stop beats reload: a running reload is cancelled, a pending one dropped.
 *
 * Exit statuses: 0 for a stop that left nothing undone; the code's for one that an error began; else 1
 * when something failed, hung or was cut; 128 + n when signal n forced it.
 *
 * What not to do: wait for `life.whenStopped` inside a drain, canceller or hook (it waits for itself
 * until its limit; `life.shutdown()` knows better); end the process by `process.exit` (hooks do not run).
 * Only `run` ends the process. Nothing here writes, except for the observer that `run` uses when it is
 * given none.
 *
 * Source: seed 004 "Signals", "Context"; design section 3; R-ROD-11…20, R-INP-37…41, 69.
 */

export { StopError, causeOf, describeCause } from './cause.js';
export type { Cause } from './cause.js';
export { describeEvent, isFailure } from './event.js';
export type { LifecycleEvent, Observer } from './event.js';
export { group } from './group.js';
export type { Group, GroupOptions, Work } from './group.js';
export { ensureSingleInstance } from './instance.js';
export type { InstanceOptions } from './instance.js';
export { create } from './lifecycle.js';
export type { Lifecycle, LifecycleOptions } from './lifecycle.js';
export type { Limits } from './limits.js';
export { failureWriter } from './observer.js';
export { watchParent } from './parent.js';
export type { WatchParentOptions } from './parent.js';
export type { PendingProvider } from './pending.js';
export type { Phase } from './phase.js';
export type { LimitOptions, Named, Unregister } from './registration.js';
export type { Commit, ReloadHandler } from './reload.js';
export { describeFailure, describeReport, joinErrors } from './report.js';
export type { Failure, Pending, Report, Stage, Unstopped, UnstoppedHook } from './report.js';
export { run } from './run.js';
export type { RunOptions } from './run.js';
export type { Hook } from './runner.js';
export { handleSignals } from './signals.js';
export type { CatchableSignal, SignalAction, SignalActions } from './signals.js';
export type { Canceller } from './stop.js';
