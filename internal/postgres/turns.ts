/** Turns at something of which there are few: first come, first served, and nobody waits for ever. */

import * as deferred from '../deferred/index.js';
import type { Deferred } from '../deferred/index.js';
import { onAbort } from './abort.js';

export interface TakeOptions {
  readonly signal?: AbortSignal | undefined;
  readonly timeoutMs: number;
  /** The error of who waited in vain for `timeoutMs`. */
  readonly toError: () => unknown;
}

/** A number of turns, and who waits for one. */
export class Turns {
  #free: number;
  readonly #waiting = new Set<Deferred<void>>();
  #closed: { readonly error: unknown } | undefined;

  constructor(count: number) {
    this.#free = count;
  }

  /** How many wait. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /**
   * Resolves when it is the caller's turn, which ends by `give`.
   *
   * @throws the reason of `signal`, what `toError` makes when time is up, or the error of `close`.
   */
  async take(options: TakeOptions): Promise<void> {
    const { signal } = options;
    signal?.throwIfAborted();
    if (this.#closed !== undefined) throw this.#closed.error;
    if (this.#free > 0) this.#free -= 1;
    else await this.#wait(options);
  }

  /** Ends a turn: the next who waits gets it, without anybody pushing in. */
  give(): void {
    const [next] = this.#waiting;
    if (next === undefined) this.#free += 1;
    else this.#settle(next, () => next.resolve());
  }

  /** Sends away who waits, and who comes later, with `error`. */
  close(error: unknown): void {
    this.#closed ??= { error };
    for (const one of this.#waiting) this.#settle(one, () => one.reject(error));
  }

  async #wait({ signal, timeoutMs, toError }: TakeOptions): Promise<void> {
    const turn = deferred.create<void>();
    this.#waiting.add(turn);
    // Who has got a turn is out of the set: what comes later changes nothing.
    const fail = (toReason: () => unknown): void => {
      if (this.#waiting.has(turn)) this.#settle(turn, () => turn.reject(toReason()));
    };
    const timer = setTimeout(() => fail(toError), timeoutMs);
    const forget = onAbort(signal, () => fail(() => signal?.reason));
    try {
      await turn.promise;
    } finally {
      clearTimeout(timer);
      forget();
    }
  }

  #settle(one: Deferred<void>, settle: () => void): void {
    this.#waiting.delete(one);
    settle();
  }
}
