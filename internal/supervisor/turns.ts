/** One thing at a time, by rank: who comes with a higher rank interrupts, and what was interrupted is done again. */

import * as context from '../context/index.js';
import * as deferred from '../deferred/index.js';
import type { Deferred } from '../deferred/index.js';

/** What takes turns in a crew; a higher number goes first. */
export const RANKS = { recycle: 0, scale: 1, reload: 2, start: 3 } as const;

interface Turn {
  readonly rank: number;
  readonly ctx: context.CancelContext;
  readonly come: Deferred<void>;
  isInterrupted: boolean;
}

/** The order in which things are done to a crew. Everything ends with the life it was given. */
export class Turns {
  readonly #life: context.Context;
  #current: Turn | undefined;
  readonly #waiting: Turn[] = [];

  constructor(life: context.Context) {
    this.#life = life;
  }

  /**
   * Runs `work` when its turn has come, with a context that is done when it is interrupted or the life
   * ends; after an interruption it is run anew. So work that is interrupted has to undo its own half
   * before it settles: nobody else does. Settles as `work` does.
   *
   * @throws RodentError CANCELED (rejection) when the life has ended before its turn.
   */
  async run<T>(rank: keyof typeof RANKS, work: (ctx: context.Context) => Promise<T>): Promise<T> {
    for (;;) {
      const turn = await this.#take(RANKS[rank]);
      try {
        if (turn.ctx.err !== undefined) throw turn.ctx.err;
        return await work(turn.ctx);
      } catch (error) {
        if (!turn.isInterrupted || this.#life.err !== undefined) throw error;
      } finally {
        turn.ctx.cancel();
        this.#pass();
      }
    }
  }

  async #take(rank: number): Promise<Turn> {
    const ctx = context.withCancel(this.#life);
    const turn: Turn = { rank, ctx, come: deferred.create(), isInterrupted: false };
    const current = this.#current;
    if (current === undefined) {
      this.#current = turn;
      return turn;
    }
    if (rank > current.rank) {
      current.isInterrupted = true;
      current.ctx.cancel();
    }
    const place = this.#waiting.findIndex((other) => other.rank < rank);
    this.#waiting.splice(place < 0 ? this.#waiting.length : place, 0, turn);
    await turn.come.promise;
    return turn;
  }

  /** The place goes on to the next without being free in between: nobody can push in. */
  #pass(): void {
    this.#current = this.#waiting.shift();
    this.#current?.come.resolve();
  }
}
