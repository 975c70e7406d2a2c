/** Pieces of work that belong together: the first to fail ends the others. */

import * as context from '../context/index.js';
import * as deferred from '../deferred/index.js';
import type { Deferred } from '../deferred/index.js';

/** One piece of work; it should end when `ctx` is done. */
export type Work = (ctx: context.Context) => unknown;

/** How much a group does at once. */
export interface GroupOptions {
  /** How many may run at once, at least 1; default without limit. */
  readonly limit?: number;
}

/**
 * Creates a group whose context is derived from `ctx`. The first piece of work that fails cancels that
 * context, with its error as the cause, and `wait` rejects with that very error.
 *
 * @example
 * const group = lifecycle.group(life.ctx, { limit: 8 });
 * for (const url of urls) await group.go((ctx) => fetch(url, { signal: ctx.signal }));
 * await group.wait();
 * Source: golang.org/x/sync/errgroup.
 */
export function group(ctx: context.Context, options: GroupOptions = {}): Group {
  return new Group(ctx, options);
}

/**
 * See `group`. What it does not do: collect results (put them where you want them), tell errors after
 * the first (they follow from the cancellation more often than not), or end work that does not look at
 * its context. Work that waits for a place starts also after a failure, as in Go, with a context that is
 * done: so whoever awaits `go` is never left waiting.
 */
export class Group {
  /** Done when a piece of work has failed, when `wait` has settled, or with its parent. */
  readonly ctx: context.Context;
  readonly #ctx: context.CancelContext;
  readonly #limit: number;
  readonly #waiting: Deferred<void>[] = [];
  #running = 0;
  #failure: { readonly error: unknown } | undefined;
  #idle = deferred.create<void>();

  constructor(ctx: context.Context, options: GroupOptions) {
    this.#ctx = context.withCancel(ctx);
    this.ctx = this.#ctx;
    this.#limit = Math.max(1, options.limit ?? Number.POSITIVE_INFINITY);
  }

  /**
   * Runs `work`, at once below the limit, else when its turn comes. Resolves when it has started: await
   * it so as not to queue more than runs. Never rejects. A piece of work that awaits `go` of its own
   * group may wait for itself.
   */
  async go(work: Work): Promise<void> {
    if (!this.tryGo(work)) {
      const turn = deferred.create<void>();
      this.#waiting.push(turn);
      await turn.promise;
      void this.#run(work);
    }
  }

  /** Runs `work` if that is possible at once; says whether. */
  tryGo(work: Work): boolean {
    if (this.#running >= this.#limit) return false;
    this.#running += 1;
    void this.#run(work);
    return true;
  }

  /**
   * Resolves when all work has ended, also what was added while waiting, and then ends the context.
   *
   * @throws what the first piece of work that failed threw, the very same.
   */
  async wait(): Promise<void> {
    while (this.#running > 0) await this.#idle.promise;
    this.#ctx.cancel();
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  async #run(work: Work): Promise<void> {
    try {
      await work(this.ctx);
    } catch (error) {
      this.#fail(error);
    }
    // The place goes on to the next without being free in between: nobody can push in.
    const next = this.#waiting.shift();
    if (next === undefined) this.#leave();
    else next.resolve();
  }

  #fail(error: unknown): void {
    this.#failure ??= { error };
    this.#ctx.cancel(error);
  }

  #leave(): void {
    this.#running -= 1;
    if (this.#running > 0) return;
    this.#idle.resolve();
    this.#idle = deferred.create<void>();
  }
}
