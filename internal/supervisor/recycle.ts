/** Replaces workers that serve, one at a time: the replacement first, then the old one leaves. */

import * as context from '../context/index.js';
import type { BackoffOptions } from './backoff.js';
import { delayMs } from './backoff.js';
import type { Seats } from './seats.js';
import { startTimer } from './timer.js';
import type { Turns } from './turns.js';
import type { Worker } from './worker.js';

/** A worker to be replaced. */
interface Case {
  readonly worker: Worker;
  readonly why: string;
  /** Which of its processes: a younger one needs no replacement. */
  readonly startedMs: number;
  /** How often the replacement failed. */
  failures: number;
  attempt: Promise<void>;
  /** Set while it waits for its next try. */
  cancelWait: (() => void) | undefined;
}

/** The replacements that are under way in a crew, or wait for their next try. */
export class Recycler {
  readonly #seats: Seats;
  readonly #turns: Turns;
  readonly #backoff: BackoffOptions;
  readonly #cases = new Map<Worker, Case>();

  constructor(seats: Seats, turns: Turns, backoff: BackoffOptions) {
    this.#seats = seats;
    this.#turns = turns;
    this.#backoff = backoff;
  }

  /** Whether `worker` is being replaced, or is to be. */
  isPending(worker: Worker): boolean {
    return this.#cases.has(worker);
  }

  /**
   * Replaces `worker`; resolves when another serves in its slot, whoever brought that about.
   *
   * @throws what the replacement threw (rejection); `worker` serves on then, and the next try follows
   *   by the ladder of delays.
   */
  recycle(worker: Worker, why: string): Promise<void> {
    const known = this.#cases.get(worker);
    if (known !== undefined && known.cancelWait === undefined) return known.attempt;
    known?.cancelWait?.();
    const { startedMs } = worker;
    const failures = known?.failures ?? 0;
    const attempt = Promise.resolve();
    const begun: Case = { worker, why, startedMs, failures, attempt, cancelWait: undefined };
    this.#cases.set(worker, begun);
    return this.#try(begun);
  }

  /** Calls off what waits for its next try. */
  close(): void {
    for (const { cancelWait } of this.#cases.values()) cancelWait?.();
  }

  #try(one: Case): Promise<void> {
    one.cancelWait = undefined;
    one.attempt = this.#turns.run('recycle', (ctx) => this.#replace(one, ctx));
    one.attempt.then(
      () => this.#cases.delete(one.worker),
      (error: unknown) => this.#fail(one, error),
    );
    return one.attempt;
  }

  async #replace({ worker, why, startedMs }: Case, ctx: context.Context): Promise<void> {
    const seat = this.#seats.seatOf(worker);
    if (seat === undefined || worker.startedMs !== startedMs) return;
    try {
      await context.race(ctx, this.#seats.hire(seat, seat.edition).whenSettled());
    } catch (error) {
      this.#seats.dismiss(seat);
      throw error;
    }
    worker.tell({ type: 'WORKER_RECYCLED', why });
    this.#seats.promote(seat, { why, told: `recycled: ${why}` });
  }

  #fail(one: Case, error: unknown): void {
    const { worker, why, failures } = one;
    if (this.#seats.isClosed || this.#seats.seatOf(worker) === undefined) {
      this.#cases.delete(worker);
      return;
    }
    const delay = delayMs(failures, this.#backoff);
    one.failures += 1;
    one.cancelWait = startTimer(delay, () => void this.#try(one));
    worker.tell({ type: 'RECYCLE_FAILED', why, error, delayMs: delay });
  }
}
