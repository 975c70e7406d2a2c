/** The request to terminate: the one flag of the process, set by a signal. */

import * as lifecycle from '../lifecycle/index.js';

/**
 * The flag that the manual calls `termination_requested`. It is the process's, not a worker's, because
 * signals are; as an AbortController it also wakes who waits.
 */
const termination = new AbortController();

/**
 * Takes a signal: sets the flag, and does nothing else. `main` installs it for TERM and INT; install it
 * yourself where you call `run` without `main`.
 *
 * Source: seed 001 section 5; R-UNI-20.
 */
export function signalHandler(sig: NodeJS.Signals, _frame?: unknown): void {
  termination.abort(new lifecycle.StopError({ kind: 'signal', signal: sig }));
}

/** Whether a signal has asked this process to end. */
export function isTerminationRequested(): boolean {
  return termination.signal.aborted;
}

/** Aborts, with a StopError, when a signal asks this process to end. */
export function terminationSignal(): AbortSignal {
  return termination.signal;
}
