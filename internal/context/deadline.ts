/** The contexts with a clock: done at the latest after a while, or at a point in time. */

import * as clock from '../clock/index.js';
import * as errors from '../errors/index.js';
import type { CancelContext, Context } from './context.js';
import { TreeCancelContext } from './context.js';
import { Ending } from './ending.js';
import type { Lifetime } from './lifetime.js';
import { lifetimeUnder } from './signal.js';
import { startTimer } from './timer.js';

/** The last and, negated, the first millisecond that a Date can show. */
const DATE_RANGE_MS = 8.64e15;

/**
 * Derives a context that is done `ms` milliseconds from now at the latest, with the code
 * `DEADLINE_EXCEEDED`; zero or less: at once. It never extends its parent: where the parent's deadline
 * comes first, or `ms` is Infinity, this is `withCancel` and `cause` is dropped. `cause` is for the
 * timer alone: after `cancel()` the cause is the plain error of code `CANCELED`.
 *
 * Cancel it when the work is over, or its timer stays until it fires. The timer does not keep the
 * process alive.
 *
 * @throws RodentError INTERNAL when `ms` is not a number.
 * @example
 * using ctx = context.withTimeout(parent, 5_000, new Error('The mail server is slow.'));
 * await fetch(url, { signal: ctx.signal });
 */
export function withTimeout(parent: Context, ms: number, cause?: unknown): CancelContext {
  return limited(parent, { ms, atMs: Date.now() + ms, cause });
}

/**
 * Derives a context that is done at `at` at the latest; all else as {@link withTimeout}. The wall clock
 * is read once, now; from then on the monotonic clock decides.
 *
 * @throws RodentError INTERNAL when `at` is an invalid date.
 */
export function withDeadline(parent: Context, at: Date, cause?: unknown): CancelContext {
  const atMs = at.getTime();
  return limited(parent, { ms: atMs - Date.now(), atMs, cause });
}

interface Limit {
  readonly ms: number;
  readonly atMs: number;
  readonly cause: unknown;
}

function limited(parent: Context, limit: Limit): CancelContext {
  if (Number.isNaN(limit.ms)) {
    throw new errors.RodentError('Cannot set a deadline: the time given is not a number.');
  }
  const lifetime = lifetimeUnder(parent);
  const dueMs = clock.monotonicMs() + limit.ms;
  const isEarliest = lifetime.limit === undefined || dueMs <= lifetime.limit.dueMs;
  if (isEarliest && limit.atMs <= DATE_RANGE_MS) setDeadline(lifetime, dueMs, limit);
  return new TreeCancelContext(lifetime, parent);
}

function setDeadline(lifetime: Lifetime, dueMs: number, limit: Limit): void {
  const expire = (): void => lifetime.end(new Ending('DEADLINE_EXCEEDED', limit.cause));
  lifetime.setLimit({ atMs: Math.max(limit.atMs, -DATE_RANGE_MS), dueMs, expire });
  if (limit.ms <= 0) expire();
  else lifetime.onEnd(startTimer(dueMs, expire));
}
