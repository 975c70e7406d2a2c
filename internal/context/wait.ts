/** Being told that a context is done, and waiting that ends with it. */

import * as clock from '../clock/index.js';
import * as errors from '../errors/index.js';
import type { Context } from './context.js';
import { Ending } from './ending.js';
import type { Listener } from './lifetime.js';
import { lifetimeUnder } from './signal.js';
import { startTimer } from './timer.js';

/**
 * Calls `fn` once, in a microtask of its own, after `ctx` is done; soon, when it is done already.
 *
 * Returns `stop`, which takes the registration back and says whether it prevented the call: false when
 * the context is done (the call is certain then, even if it is still to come) and on every call of
 * `stop` after the first. `stop` does not wait for `fn`. Call it when the matter is settled otherwise,
 * or the registration stays as long as the context. What `fn` throws is an `uncaughtException`; if it
 * returns a promise nobody looks at it.
 *
 * @example
 * const stop = context.afterFunc(ctx, () => socket.destroy());
 * socket.once('close', stop);
 */
export function afterFunc(ctx: Context, fn: () => void): () => boolean {
  return subscribe(ctx, () => queueMicrotask(fn));
}

/**
 * Resolves when `ctx` is done, never rejects. For the main loop of something that lives as long as its
 * context; to give up on a promise use {@link race}, which leaves nothing behind.
 */
export function done(ctx: Context): Promise<void> {
  return new Promise((resolve) => {
    subscribe(ctx, () => resolve());
  });
}

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

/**
 * As {@link afterFunc}, but calls `listener` in its turn of the cancellation, not in a microtask; and
 * before returning when `ctx` is done already.
 */
function subscribe(ctx: Context, listener: Listener): () => boolean {
  const lifetime = lifetimeUnder(ctx);
  let isStopped = false;
  lifetime.onEnd((ending) => {
    if (!isStopped) listener(ending);
  });
  return () => {
    if (lifetime.ending !== undefined) return false;
    isStopped = true;
    lifetime.end(new Ending('CANCELED'));
    return true;
  };
}
