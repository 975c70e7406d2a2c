/** A crew: equal workers behind one socket, in numbered slots. */

import type * as child from '../child/index.js';
import * as context from '../context/index.js';
import * as errors from '../errors/index.js';
import type { BackoffOptions } from './backoff.js';
import { underBoth } from './both.js';
import type { Observer } from './event.js';
import type { Judge } from './judge.js';
import { judgeAll } from './judge.js';
import { unknownName } from './name.js';
import { Recycler } from './recycle.js';
import { reload } from './reload.js';
import type { Added } from './scale.js';
import { grow, resize, takeBack } from './scale.js';
import type { Seat } from './seats.js';
import { Seats } from './seats.js';
import type { Maker } from './slot.js';
import type { StopReport } from './stop.js';
import { stopTogether } from './stop.js';
import { Turns } from './turns.js';

/** How a crew is kept. */
export interface CrewOptions {
  /** How many serve; at least 1. */
  readonly size: number;
  readonly maker: Maker;
  /** The number of the generation that `maker` makes; default 1. */
  readonly generation?: number;
  /** How many new slots may be on their way to readiness at once; at least 1, default 8. */
  readonly concurrency?: number;
  /** How many more are booted and stand by; default 0. */
  readonly spares?: number;
  /** What the slots' names begin with; default `http`. */
  readonly prefix?: string;
  /** Asked about each serving worker at each tick. */
  readonly judge?: Judge;
  /** Milliseconds between two ticks; default 1000. */
  readonly tickMs?: number;
  /** The delays after a recycle that failed. */
  readonly backoff?: BackoffOptions;
  /** Told every event of every worker, unless a worker's own options name another. */
  readonly observe?: Observer;
}

/** What a reload goes by. */
export interface CrewReload {
  /** Until when it may go on; then it is rolled back. */
  readonly ctx: context.Context;
  /** The number of the new generation: one that no worker of this crew had before. */
  readonly generation: number;
  /** Is told each step: a sentence without its full stop. */
  readonly onProgress?: (text: string) => void;
}

/** Opens a crew; nothing runs before `start`. */
export function openCrew(options: CrewOptions): Crew {
  return new Crew(options);
}

/** See `openCrew` and the package. */
export class Crew {
  readonly #options: CrewOptions;
  readonly #life = context.withCancel(context.background());
  readonly #turns = new Turns(this.#life);
  readonly #seats: Seats;
  readonly #recycler: Recycler;
  readonly #concurrency: number;
  #size: number;
  #tick: NodeJS.Timeout | undefined;

  constructor(options: CrewOptions) {
    const { maker, generation = 1, prefix = 'http', spares = 0, observe } = options;
    this.#options = options;
    this.#concurrency = atLeastOne(options.concurrency ?? 8);
    this.#size = atLeastOne(options.size);
    this.#seats = new Seats({ maker, generation }, { prefix, spares, observe });
    this.#recycler = new Recycler(this.#seats, this.#turns, options.backoff ?? {});
  }

  /** How many serve, or are to. */
  get size(): number {
    return this.#size;
  }

  /** That of the last reload that succeeded; at the start the one it was opened with. */
  get generation(): number {
    return this.#seats.edition.generation;
  }

  /** Whether at least one serves. */
  get isHealthy(): boolean {
    return this.#seats.list.some((seat) =>
      [seat.worker, seat.candidate?.worker].some((worker) => worker?.state === 'RUNNING'),
    );
  }

  /**
   * Starts all, each once, at most `concurrency` of them at once; resolves when all are ready, and boots
   * the spares then.
   *
   * @throws the own error of the first worker that failed (rejection), after the others have stopped; or
   *   what ended `ctx`.
   */
  async start(ctx: context.Context): Promise<void> {
    await this.#turns.run('start', async (turn) => {
      const added: Added[] = [];
      const size = this.#size;
      try {
        await underBoth(ctx, turn, (both) => {
          const open = async (): Promise<readonly Added[]> => {
            if (both.err !== undefined) throw both.err;
            return this.#resize(size);
          };
          return context.race(both, grow(this.#seats, { size, added }, open));
        });
      } catch (error) {
        await takeBack(this.#seats, added, 'the start failed');
        throw error;
      }
    });
    if (this.#seats.isClosed) return;
    this.#seats.bootSpares();
    const { judge, tickMs = 1000 } = this.#options;
    if (judge === undefined) return;
    this.#tick = setInterval(() => {
      judgeAll(
        this.#seats.list.map(({ worker }) => worker),
        judge,
        this.#recycler,
      );
    }, tickMs).unref();
  }

  /**
   * Makes the crew larger, or smaller by asking those that serve longest to leave; never below 1. Waits
   * for the end of a reload. New ones start at most `concurrency` at once. Resolves when they are ready,
   * the surplus has been asked, or a later call has named another size.
   *
   * @throws the own error of the first new worker that failed (rejection); the new slots are closed then.
   */
  async scale(size: number): Promise<void> {
    const wanted = atLeastOne(size);
    this.#size = wanted;
    const added: Added[] = [];
    try {
      await grow(this.#seats, { size: wanted, added }, () =>
        this.#turns.run('scale', async () => (this.#size === wanted ? this.#resize(wanted) : [])),
      );
    } catch (error) {
      const why = 'the larger crew failed to start';
      await this.#turns.run('scale', () => takeBack(this.#seats, added, why));
      if (this.#size === wanted) this.#size = this.#seats.list.length;
      throw error;
    }
  }

  /**
   * Replaces all workers by those of `maker`, see the package. The caller sees to it that there is one
   * reload at a time.
   *
   * @throws the own error of the first worker that failed (rejection), or what ended `ctx`, after the old
   *   generation serves again.
   */
  async reload(maker: Maker, options: CrewReload): Promise<void> {
    const { ctx, generation, onProgress = () => undefined } = options;
    const next = { maker, generation };
    await this.#turns.run('reload', async (turn) => {
      await underBoth(ctx, turn, (both) =>
        reload(this.#seats, next, { ctx: both, life: this.#life, onProgress }),
      );
    });
  }

  /**
   * Replaces one worker: its replacement first. One at a time; resolves when it serves.
   *
   * @throws RodentError NOT_FOUND (rejection) for a name that does not serve; the replacement's own error
   *   when it failed: the old one serves on, and the next try follows by itself.
   */
  async recycle(name: string, why: string): Promise<void> {
    await this.#recycler.recycle(this.#serving(name).worker, why);
  }

  /**
   * KILL at once, for the reason `why`; it is started again by its rules.
   *
   * @throws RodentError NOT_FOUND.
   */
  kill(name: string, why: string): void {
    this.#serving(name).worker.kill(why);
  }

  /**
   * Sends `signal` to the process of the worker that serves as `name`; false when there is none.
   *
   * @throws RodentError NOT_FOUND.
   */
  signal(name: string, signal: NodeJS.Signals): boolean {
    return this.#serving(name).worker.signal(signal);
  }

  /**
   * Asks all to end, together, for `reason` (default: the service stops); resolves when all are reaped.
   * Those that run when `ctx` is about to be done are killed.
   */
  async stop(ctx: context.Context, reason?: child.StopReason): Promise<StopReport> {
    this.#end();
    return stopTogether(this.#seats.all, ctx, reason);
  }

  /** KILL to all at once, synchronously and for good: for a forced exit. */
  killAll(): void {
    this.#end();
    for (const worker of this.#seats.all) worker.killNow();
  }

  /** Slot by slot, with those that still drain (STOPPING); the spares last. */
  status(): readonly child.WorkerStatus[] {
    return this.#seats.all.map((worker) => worker.status());
  }

  #end(): void {
    clearInterval(this.#tick);
    this.#seats.close();
    this.#recycler.close();
    this.#life.cancel(new errors.RodentError('The crew stops.', { code: 'CANCELED' }));
  }

  #resize(size: number): readonly Added[] {
    return resize(this.#seats, { size, concurrency: this.#concurrency });
  }

  #serving(name: string): Seat {
    const seat = this.#seats.list.find((one) => one.name === name);
    if (seat !== undefined) return seat;
    throw unknownName(
      name,
      this.#seats.list.map((one) => one.name),
    );
  }
}

function atLeastOne(size: number): number {
  return Math.max(1, Math.floor(size) || 1);
}
