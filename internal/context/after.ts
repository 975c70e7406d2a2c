/** Being told that a context is done. */

import type { Context } from './context.js';
import { Ending } from './ending.js';
import type { Listener } from './lifetime.js';
import { lifetimeUnder } from './signal.js';

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

/** As {@link afterFunc}, but calls `listener` in its turn of the cancellation, or before returning. */
export function subscribe(ctx: Context, listener: Listener): () => boolean {
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
