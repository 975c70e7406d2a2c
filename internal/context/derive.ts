/** The contexts without a clock: the root, and those derived to be cancelled or to carry a value. */

import type { CancelContext, Context } from './context.js';
import { TreeCancelContext, TreeContext } from './context.js';
import { Lifetime } from './lifetime.js';
import { lifetimeUnder } from './signal.js';
import type { Key } from './values.js';
import { Entry } from './values.js';

/**
 * Returns a context that is never done, has no deadline and no values: the root that a program, a test
 * or an incoming request starts from. Where a service runs under a lifecycle, its context is the root.
 */
export function background(): Context {
  return new TreeContext(undefined, undefined);
}

/**
 * Derives a context that is done when `cancel` is called on it or `parent` is done, whichever is
 * first; at once when `parent` is done already.
 *
 * @example
 * using ctx = context.withCancel(parent); // cancelled at the end of the block
 * await Promise.all(urls.map((url) => fetch(url, { signal: ctx.signal })));
 */
export function withCancel(parent: Context): CancelContext {
  return new TreeCancelContext(lifetimeUnder(parent), parent);
}

/**
 * Derives a context in which `key` has `value`; it ends with `parent`. For what belongs to a request
 * and crosses borders between packages (an id, a user, a trace), never for optional parameters.
 */
export function withValue<T>(parent: Context, key: Key<T>, value: T): Context {
  const entry = new Entry(key, value, TreeContext.valuesOf(parent));
  return new TreeContext(TreeContext.originOf(parent), entry);
}

/**
 * Derives a context with the values of `parent` that is not done when `parent` is: it has no deadline,
 * no error and no cause. For what must be finished after the request is over; give it a limit.
 *
 * @example
 * using ctx = context.withTimeout(context.withoutCancel(request), 2_000);
 * await audit.write(ctx, entry);
 */
export function withoutCancel(parent: Context): Context {
  return new TreeContext(undefined, TreeContext.valuesOf(parent));
}

/**
 * Why `ctx` is done: the cause given to the cancellation that ended it or the nearest of its ancestors
 * to end first; `ctx.err` where none was given; undefined while it is not done.
 */
export function cause(ctx: Context): unknown {
  const origin = TreeContext.originOf(ctx);
  if (origin === undefined || origin instanceof Lifetime) return origin?.cause;
  return origin.signal.aborted ? (origin.signal.reason as unknown) : undefined;
}
