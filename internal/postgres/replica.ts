/** A copy of the database that serves what only reads, as long as it is there. */

import * as clock from '../clock/index.js';
import * as errors from '../errors/index.js';
import type { Observer } from './event.js';
import type { Lease } from './lease.js';
import type { BorrowOptions, Pool } from './pool.js';

/** How long the primary stands in. Source: R-INP-54. */
const AWAY_MS = 20 * 60_000;

/** See above. */
export class Replica {
  readonly pool: Pool;
  readonly #tell: Observer;
  #awayUntilMs = Number.NEGATIVE_INFINITY;

  constructor(pool: Pool, tell: Observer) {
    this.pool = pool;
    this.#tell = tell;
  }

  /** Whether the primary stands in. */
  get isAway(): boolean {
    return clock.monotonicMs() < this.#awayUntilMs;
  }

  /**
   * Borrows a connection; undefined when the primary has to stand in.
   *
   * @throws RodentError DATABASE_BUSY: too much to do is no failure; the reason of the signal.
   */
  async borrow(options: BorrowOptions): Promise<Lease | undefined> {
    if (this.isAway) return undefined;
    try {
      return await this.pool.borrow(options);
    } catch (error) {
      const isFailure =
        errors.hasCode(error, 'DATABASE_UNAVAILABLE') || errors.hasCode(error, 'DATABASE_REFUSED');
      if (!isFailure || options.signal?.aborted === true) throw error;
      this.lose(error);
      return undefined;
    }
  }

  /** Takes it out of use for a while, because of `error`. */
  lose(error: unknown): void {
    const isNews = !this.isAway;
    this.#awayUntilMs = clock.monotonicMs() + AWAY_MS;
    if (isNews) this.#tell({ type: 'REPLICA_LOST', error, forMs: AWAY_MS });
  }
}
