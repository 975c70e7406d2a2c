/** Why a process stops, as data; and the error that carries it through contexts and abort signals. */

import os from 'node:os';

import * as errors from '../errors/index.js';
import * as terminal from '../terminal/index.js';

/**
 * Why a process stops. Plain data, so that it fits into a log record, a status answer or a row; the
 * only part that is not is the error of kind `error`.
 */
export type Cause =
  /** A signal arrived. */
  | { readonly kind: 'signal'; readonly signal: NodeJS.Signals }
  /** Somebody asked for it, over a socket, an API or a database row; `by` names who. */
  | { readonly kind: 'request'; readonly by: string }
  /** Something failed that the process cannot go on without. */
  | { readonly kind: 'error'; readonly error: unknown }
  /** The process that started this one has gone. */
  | { readonly kind: 'parent-lost'; readonly pid: number }
  /** A time limit, in milliseconds, has passed. */
  | { readonly kind: 'deadline'; readonly limitMs: number }
  /** Another process has taken over; `by` names it, as in `generation 4`. */
  | { readonly kind: 'replaced'; readonly by: string }
  /** All work is done; the natural end of a program. */
  | { readonly kind: 'completed' };

/**
 * What the root context is cancelled with: `signal.reason`, `context.cause(ctx)`, and what `fetch`,
 * timers and streams reject with when they were given `life.ctx.signal`. Its code is `CANCELED`.
 */
export class StopError extends errors.RodentError {
  override readonly name: string = 'StopError';
  readonly reason: Cause;

  constructor(reason: Cause) {
    super(`The operation was canceled: ${describeCause(reason)}.`, {
      code: reason.kind === 'deadline' ? 'DEADLINE_EXCEEDED' : 'CANCELED',
      contextData: { kind: reason.kind },
      cause: reason.kind === 'error' ? reason.error : undefined,
    });
    this.reason = reason;
  }
}

/** Returns the cause in words that follow a colon: `SIGTERM received`, `parent process 12 is gone`. */
export function describeCause(cause: Cause): string {
  switch (cause.kind) {
    case 'signal':
      return `${cause.signal} received`;
    case 'request':
      return `requested by ${cause.by}`;
    case 'error':
      return errors.describe(cause.error).replace(/\.$/, '');
    case 'parent-lost':
      return `parent process ${cause.pid} is gone`;
    case 'deadline':
      return `the limit of ${terminal.duration(cause.limitMs)} has passed`;
    case 'replaced':
      return `replaced by ${cause.by}`;
    case 'completed':
      return 'all work is done';
  }
}

/**
 * Returns the exit status of a process that stopped for `cause` and left nothing undone: 0, or what
 * the code of the error says, or 1 for an error without one.
 */
export function exitStatus(cause: Cause): number {
  switch (cause.kind) {
    case 'error':
      return errors.isRodentError(cause.error) ? errors.exitStatus(cause.error.code) : 1;
    case 'deadline':
      return 1;
    case 'signal':
    case 'request':
    case 'parent-lost':
    case 'replaced':
    case 'completed':
      return 0;
  }
}

/** Returns the exit status of a process that was ended at once: 128 + n for signal n, else at least 1. */
export function forcedExitStatus(cause: Cause): number {
  if (cause.kind === 'signal') return 128 + os.constants.signals[cause.signal];
  return Math.max(1, exitStatus(cause));
}

/**
 * Returns the cause that `value` (an error, or what `context.cause` returned) carries, itself or as
 * the cause of one of its causes; undefined when none does.
 */
export function causeOf(value: unknown): Cause | undefined {
  let at = value;
  for (let depth = 0; depth < 16 && at instanceof Error; depth += 1) {
    if (at instanceof StopError) return at.reason;
    at = at.cause;
  }
  return undefined;
}
