/** Runs registered functions, each within its limit, and remembers which failed and which still run. */

import { AsyncLocalStorage } from 'node:async_hooks';

import * as clock from '../clock/index.js';
import * as context from '../context/index.js';
import * as errors from '../errors/index.js';
import type { Tell } from './observer.js';
import type { Registration } from './registration.js';
import type { Failure, Stage, UnstoppedHook } from './report.js';

/** What a shutdown hook or a drain is: given a context that is done when its time is over. */
export type Hook = (ctx: context.Context) => unknown;

/** One function to run. */
export interface Task<T = unknown> {
  readonly stage: Stage;
  readonly registration: Registration<unknown>;
  readonly call: (ctx: context.Context) => T | Promise<T>;
  /** Milliseconds until it is passed over. */
  readonly limitMs: number;
}

/** How a task ended, or that it did not: nobody waits for an abandoned one. */
export type Outcome<T = unknown> =
  | { readonly kind: 'done'; readonly value: T }
  | { readonly kind: 'failed'; readonly failure: Failure }
  | { readonly kind: 'abandoned' };

interface Run {
  readonly startMs: number;
  /** Never rejects. */
  readonly ended: Promise<unknown>;
}

/** Runs tasks; its contexts hang on the parent's values and on nothing that is cancelled. */
export class Runner {
  readonly failures: Failure[] = [];
  readonly #ctx: context.CancelContext;
  readonly #tell: Tell;
  readonly #runs = new Map<Task, Run>();
  /** What was passed over; it may still run. */
  readonly #overdue = new WeakSet<Task>();
  readonly #inside = new AsyncLocalStorage<Task>();

  constructor(parent: context.Context, tell: Tell) {
    this.#ctx = context.withCancel(context.withoutCancel(parent));
    this.#tell = tell;
  }

  /** Whether nobody waits any more for what runs here. */
  get isAbandoned(): boolean {
    return this.#ctx.err !== undefined;
  }

  /** Whether the calling code runs on behalf of a task: awaiting the whole would wait for itself. */
  get isInside(): boolean {
    const task = this.#inside.getStore();
    return task !== undefined && this.#runs.has(task);
  }

  /** What still runs, the oldest first. */
  get unstopped(): UnstoppedHook[] {
    const now = clock.monotonicMs();
    return [...this.#runs].map(([{ stage, registration }, { startMs }]) => {
      const { name, place } = registration;
      return { stage, name, place, ageMs: now - startMs };
    });
  }

  /** What runs within its limit, the oldest first. */
  get active(): readonly Task[] {
    return [...this.#runs.keys()].filter((task) => !this.#overdue.has(task));
  }

  /** Runs `task` until it ends, its limit has passed or all is abandoned. Never rejects. */
  async run<T>(task: Task<T>): Promise<Outcome<T>> {
    if (this.isAbandoned) return { kind: 'abandoned' };
    const startMs = clock.monotonicMs();
    using ctx = context.withTimeout(this.#ctx, task.limitMs);
    using waiting = context.withCancel(this.#ctx);
    // A timer that keeps the process alive: a promise that never settles must not end it in silence.
    const overdue = context.sleep(waiting, task.limitMs).then(
      () => failed(task, startMs, { isTimeout: true, error: ctx.err }),
      (): Outcome<T> => ({ kind: 'abandoned' }),
    );
    const outcome = await Promise.race([this.#start(task, ctx), overdue]);
    if (this.isAbandoned) return { kind: 'abandoned' };
    if (outcome.kind === 'failed') this.#note(task, outcome.failure);
    return outcome;
  }

  /** Resolves after `ms` milliseconds, or when all is abandoned. Never rejects. */
  async pause(ms: number): Promise<void> {
    await context.sleep(this.#ctx, ms).catch(() => undefined);
  }

  /** Resolves when `task` has ended, however late. */
  async settled(task: Task): Promise<void> {
    await this.#runs.get(task)?.ended;
  }

  /** Cancels the contexts of what runs, with `cause`, and waits for none of it. */
  abandon(cause: unknown): void {
    this.#ctx.cancel(cause);
  }

  #start<T>(task: Task<T>, ctx: context.Context): Promise<Outcome<T>> {
    const startMs = clock.monotonicMs();
    // Known as running before its first line runs: that line may ask for the report.
    this.#runs.set(task, { startMs, ended: Promise.resolve() });
    const ended = this.#inside.run(task, () => attempt(task, ctx, startMs));
    this.#runs.set(task, { startMs, ended });
    void ended.then(() => this.#leave(task));
    return ended;
  }

  #note(task: Task, failure: Failure): void {
    if (failure.isTimeout) this.#overdue.add(task);
    this.failures.push(failure);
    this.#tell({ type: failure.isTimeout ? 'HOOK_TIMED_OUT' : 'HOOK_FAILED', failure });
  }

  #leave(task: Task): void {
    this.#runs.delete(task);
    // Before Node 24 a store in use slows every promise of the process down.
    if (this.#runs.size === 0) this.#inside.disable();
  }
}

async function attempt<T>(
  task: Task<T>,
  ctx: context.Context,
  startMs: number,
): Promise<Outcome<T>> {
  try {
    return { kind: 'done', value: await task.call(ctx) };
  } catch (error) {
    return failed(task, startMs, {
      isTimeout: errors.hasCode(ctx.err, 'DEADLINE_EXCEEDED'),
      error,
    });
  }
}

function failed(
  { stage, registration }: Task,
  startMs: number,
  how: { readonly isTimeout: boolean; readonly error: unknown },
): Outcome<never> {
  const { name, place } = registration;
  const ageMs = clock.monotonicMs() - startMs;
  return { kind: 'failed', failure: { stage, name, place, ageMs, ...how } };
}
