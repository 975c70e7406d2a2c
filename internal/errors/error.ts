/** The base error and the few functions that read errors of any kind. */

import type { Code } from './codes.js';

/** What a RodentError carries beside its detail. */
export interface RodentErrorOptions {
  /** Default: 'INTERNAL'. */
  readonly code?: Code;
  /** Technical description for the log; default: none. */
  readonly contextMsg?: string;
  /** Named values for the log; default: none. */
  readonly contextData?: Readonly<Record<string, unknown>>;
  /** The error that led to this one. */
  readonly cause?: unknown;
}

/**
 * The base of every error rodent throws.
 *
 * @example
 * throw new RodentError(`Cannot take the PID file "${path}": process ${pid} holds it.`, {
 *   code: 'ALREADY_RUNNING',
 *   contextData: { path, pid },
 * });
 */
export class RodentError extends Error {
  override readonly name: string = 'RodentError';
  /** One sentence that a user may read; never a secret. */
  readonly detail: string;
  readonly code: Code;
  readonly contextMsg: string | undefined;
  readonly contextData: Readonly<Record<string, unknown>>;

  constructor(detail: string, options: RodentErrorOptions = {}) {
    super(detail, options.cause === undefined ? undefined : { cause: options.cause });
    this.detail = detail;
    this.code = options.code ?? 'INTERNAL';
    this.contextMsg = options.contextMsg;
    this.contextData = options.contextData ?? {};
  }
}

/** Whether `error` is a RodentError. */
export function isRodentError(error: unknown): error is RodentError {
  return error instanceof RodentError;
}

/**
 * The system error code (`ENOENT`, `EADDRINUSE`, …) or the RodentError code of `error` equals `code`.
 */
export function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}

/** Returns `error` as an Error: itself, or one whose message is its text. */
export function from(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}

/** One sentence for stderr: the detail of a RodentError, else the message, never a stack. */
export function describe(error: unknown): string {
  if (isRodentError(error)) return error.detail;
  const { message, name } = from(error);
  return message === '' ? name : message;
}
