/** Waiting that ends with the context. */

import * as clock from '../clock/index.js';
import * as errors from '../errors/index.js';
import { subscribe } from './after.js';
import type { Context } from './context.js';
import { startTimer } from './timer.js';

/**
 * Resolves after `ms` milliseconds, never before the next turn of the event loop; Infinity waits for
 * the context alone. Rejects with `ctx.err` as soon as `ctx` is done, and then leaves no timer behind.
 * Keeps the process alive while it waits, unlike a deadline.
 *
 * @throws RodentError CANCELED or DEADLINE_EXCEEDED (rejection) when `ctx` is done first; INTERNAL
 *   when `ms` is not a number.
 */
export function sleep(ctx: Context, ms: number): Promise<void> {
  return new Promise((resolve, reject) => {
    if (Number.isNaN(ms)) {
      throw new errors.RodentError('Cannot sleep: the time given is not a number.');
    }
    const fire = (): void => {
      stop();
      resolve();
    };
    const stopTimer = startTimer(clock.monotonicMs() + ms, fire, { keepsAlive: true });
    const stop = subscribe(ctx, (ending) => {
      stopTimer();
      reject(ending.err);
    });
  });
}

/**
 * Settles as `promise` does, or rejects with `ctx.err` as soon as `ctx` is done; a context that is done
 * already wins over a promise that is settled already. What the promise does afterwards is ignored,
 * also a rejection; its work is not stopped. Unlike Promise.race it leaves nothing on a long-lived
 * context once the promise has settled.
 *
 * @throws RodentError CANCELED or DEADLINE_EXCEEDED (rejection) when `ctx` is done first.
 * @example
 * const row = await context.race(ctx, legacyQueryWithoutSignal());
 */
export function race<T>(ctx: Context, promise: PromiseLike<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = subscribe(ctx, (ending) => reject(ending.err));
    Promise.resolve(promise).finally(stop).then(resolve, reject);
  });
}
