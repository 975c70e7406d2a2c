/** How a context ended: one of two codes and a cause, shared by everything that ended with it. */

import * as errors from '../errors/index.js';

/** Whether somebody cancelled, or time ran out. */
export type EndingCode = 'CANCELED' | 'DEADLINE_EXCEEDED';

/** Made by every cancellation, so nothing in it is computed before somebody asks. */
export class Ending {
  readonly #code: EndingCode;
  readonly #cause: unknown;
  #err: errors.RodentError | undefined;

  /** A `cause` of undefined or null means none. */
  constructor(code: EndingCode, cause?: unknown) {
    this.#code = code;
    this.#cause = cause;
  }

  /**
   * The error, made on the first read: a stack trace costs several microseconds, about thirty times
   * deriving and cancelling a context, and most cancelled contexts are never asked.
   */
  get err(): errors.RodentError {
    this.#err ??= toError(this.#code, this.#cause);
    return this.#err;
  }

  /** The cause, or the error where none was given. */
  get cause(): unknown {
    return this.#cause ?? this.err;
  }
}

function toError(code: EndingCode, cause: unknown): errors.RodentError {
  return code === 'CANCELED'
    ? new errors.RodentError('The operation was canceled.', {
        code,
        contextMsg: 'context canceled',
        cause: cause ?? undefined,
      })
    : new errors.RodentError('The operation ran past its deadline.', {
        code,
        contextMsg: 'context deadline exceeded',
        cause: cause ?? undefined,
      });
}
