/** The states of a worker and every move between them. */

import type * as child from '../child/index.js';
import * as clock from '../clock/index.js';
import * as errors from '../errors/index.js';

/**
 * From each state, where a worker may go.
 *
 * Source: supervisord, "Process States". A worker that tells its readiness is RUNNING as soon as it
 * does, so an end before it has settled leads from RUNNING to BACKOFF or FATAL too.
 */
export const TRANSITIONS: Readonly<Record<child.State, readonly child.State[]>> = {
  STOPPED: ['STARTING'],
  /** Ready; failed; failed too often; asked to stop; cannot be signalled. */
  STARTING: ['RUNNING', 'BACKOFF', 'FATAL', 'STOPPING', 'UNKNOWN'],
  /** Ended; ended before it had settled, to be tried again or no more; asked to stop; cannot be signalled. */
  RUNNING: ['EXITED', 'BACKOFF', 'FATAL', 'STOPPING', 'UNKNOWN'],
  /** Its delay is over; asked to stop. */
  BACKOFF: ['STARTING', 'STOPPED'],
  /** Reaped; cannot be signalled. */
  STOPPING: ['STOPPED', 'UNKNOWN'],
  /** Started again at once, or after a delay because it ends too often. */
  EXITED: ['STARTING', 'BACKOFF'],
  /** Somebody asked for a start. */
  FATAL: ['STARTING'],
  /** Reaped after all, asked or not; asked to stop once more. */
  UNKNOWN: ['STOPPED', 'EXITED', 'STOPPING'],
};

/** A state that changes by the table alone. */
export class StateMachine {
  readonly #tell: (from: child.State, to: child.State) => void;
  #state: child.State;
  #since: string = clock.utc();

  constructor(initial: child.State, tell: (from: child.State, to: child.State) => void) {
    this.#state = initial;
    this.#tell = tell;
  }

  get state(): child.State {
    return this.#state;
  }

  /** When the state was entered. */
  get since(): string {
    return this.#since;
  }

  /**
   * Enters `to`, and tells.
   *
   * @throws RodentError INTERNAL when the table does not hold the move.
   */
  move(to: child.State): void {
    const from = this.#state;
    if (!TRANSITIONS[from].includes(to)) {
      throw new errors.RodentError(`A worker cannot go from ${from} to ${to}.`);
    }
    this.#state = to;
    this.#since = clock.utc();
    this.#tell(from, to);
  }
}
