/** How many requests are handled at the same time. */

import type { Exchange } from './exchange.js';

/**
 * Lets a number of requests in and keeps the others in line; 0 lets everybody in.
 *
 * Source: Inphms MAX_HTTP_THREADS (R-INP-71). There what is too much waits in the kernel's backlog;
 * Node cannot stop accepting, so it waits here, where it can be seen.
 */
export class Gate {
  readonly #inside = new Set<Exchange>();
  readonly #line = new Map<Exchange, () => void>();
  #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get waiting(): number {
    return this.#line.size;
  }

  setLimit(limit: number): void {
    this.#limit = limit;
    this.#advance();
  }

  /** Calls `enter` now, or when it is the turn of `exchange`; never, when that is over before. */
  admit(exchange: Exchange, enter: () => void): void {
    if (this.#limit === 0) {
      enter();
      return;
    }
    this.#line.set(exchange, enter);
    this.#advance();
  }

  /** To be called when a request is over, wherever it was. */
  leave(exchange: Exchange): void {
    if (this.#inside.size === 0 && this.#line.size === 0) return;
    if (this.#inside.delete(exchange) || this.#line.delete(exchange)) this.#advance();
  }

  #advance(): void {
    for (const [exchange, enter] of this.#line) {
      if (this.#limit > 0 && this.#inside.size >= this.#limit) return;
      this.#line.delete(exchange);
      if (exchange.headersSent) continue;
      this.#inside.add(exchange);
      enter();
    }
  }
}
