/** One timer for the deadlines of all requests. */

import type { Exchange } from './exchange.js';
import { REFUSALS } from './reply.js';

/**
 * Ends requests whose handler has not begun its answer in time.
 *
 * All deadlines have the same length, so the oldest request is the next to fall due, and a request
 * costs a timer only when none is running.
 */
export class Deadlines {
  readonly #active: Iterable<Exchange>;
  #limitMs: number;
  #timer: NodeJS.Timeout | undefined;
  /** Answered in place of their handlers, which may be at work still. */
  readonly #answered = new Set<Exchange>();

  /** `active` is in order of arrival. */
  constructor(active: Iterable<Exchange>, limitMs: number) {
    this.#active = active;
    this.#limitMs = limitMs;
  }

  setLimit(limitMs: number): void {
    this.#limitMs = limitMs;
    this.stop();
    if (limitMs > 0) this.#check();
  }

  /** To be called for each request that arrives. */
  watch(): void {
    if (this.#limitMs > 0 && this.#timer === undefined) this.#start(this.#limitMs);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** The requests whose handlers have not returned, long after the answer was given for them. */
  overdue(): readonly Exchange[] {
    for (const exchange of this.#answered) {
      if (!exchange.isRunning) this.#answered.delete(exchange);
    }
    return [...this.#answered];
  }

  #start(delayMs: number): void {
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#check();
    }, Math.ceil(delayMs));
    this.#timer.unref();
  }

  #check(): void {
    for (const exchange of this.#active) {
      if (exchange.headersSent) continue;
      const restMs = this.#limitMs - exchange.ageMs;
      if (restMs > 0) {
        this.#start(restMs);
        return;
      }
      if (exchange.refuse(REFUSALS.deadline, { closes: false })) this.#answered.add(exchange);
      exchange.cancel('deadline');
    }
  }
}
