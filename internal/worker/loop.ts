/** Calling the worker function again and again, until its context ends. */

import { setTimeout as sleep } from 'node:timers/promises';

import * as context from '../context/index.js';
import * as errors from '../errors/index.js';
import * as postgres from '../postgres/index.js';
import { retryDelayMs } from './backoff.js';
import type { Logger } from './logging.js';
import type { Settings } from './settings.js';

/** What is to be done, and until when. */
export interface LoopOptions {
  /** One call of the worker function. */
  readonly call: () => Promise<void>;
  readonly ctx: context.Context;
  readonly settings: Settings;
  readonly log: Logger;
  readonly waiting: Waiting;
}

/**
 * Calls until the context ends. After a call there is a pause; after one that failed, which is logged
 * with its stack, a longer one each time. A call that is under way at the end has a grace to return.
 *
 * @throws RodentError STOP_TIMEOUT when it does not return within the grace; INTERNAL, with the last
 *   error as its cause, after `maxFailures` failures in a row; those of a database that is away count not.
 */
export async function loop(options: LoopOptions): Promise<void> {
  const { ctx, settings, waiting } = options;
  let failures = 0;
  /** Those of the function itself: a database that is away ends nothing. */
  let own = 0;
  while (ctx.err === undefined) {
    const error = await callOnce(options);
    failures = error === undefined ? 0 : failures + 1;
    if (error === undefined) own = 0;
    else if (!postgres.isUnavailable(error)) own += 1;
    if (ctx.err !== undefined) return;
    if (error !== undefined) complain(error, { failures, own }, options);
    await waiting.wait(ctx, error === undefined ? settings.pauseMs : retryDelayMs(failures));
  }
}

/** A pause that ends with the context, or when somebody has reason to believe that waiting is over. */
export class Waiting {
  #controller: AbortController | undefined;

  /** Resolves after `ms`, when the context ends, or when `wake` is called. */
  async wait(ctx: context.Context, ms: number): Promise<void> {
    this.#controller = new AbortController();
    using pause = context.fromSignal(this.#controller.signal, ctx);
    await context.sleep(pause, ms).catch(() => undefined);
    this.#controller = undefined;
  }

  /** Ends the pause, if there is one. */
  wake(): void {
    this.#controller?.abort();
  }
}

/** The error of the call, or undefined. */
async function callOnce({ call, ctx, settings, log }: LoopOptions): Promise<Error | undefined> {
  const outcome = call().then(
    () => undefined,
    (error: unknown) => errors.from(error),
  );
  const over = new AbortController();
  try {
    const error = await Promise.race([outcome, graceOver(ctx, settings.graceMs, over.signal)]);
    if (error === 'late') throw tooLate(ctx, settings.graceMs);
    if (error !== undefined && ctx.err !== undefined && !isOfEnd(error)) {
      log.error('The worker function failed while it was ending.', error);
    }
    return error;
  } finally {
    over.abort();
  }
}

async function graceOver(
  ctx: context.Context,
  graceMs: number,
  over: AbortSignal,
): Promise<'late'> {
  using waiting = context.fromSignal(over, ctx);
  await context.done(waiting);
  await sleep(graceMs, undefined, { signal: over }).catch(() => undefined);
  return 'late';
}

/** Work that was told to end may say so by an error. */
function isOfEnd(error: Error): boolean {
  return error.name === 'AbortError' || errors.hasCode(error, 'CANCELED');
}

function tooLate(ctx: context.Context, graceMs: number): errors.RodentError {
  const reason = errors.describe(context.cause(ctx)).replace(/\.$/, '');
  const detail = `The worker function has not returned within ${graceMs / 1000} s of its end (${reason}).`;
  return new errors.RodentError(detail, { code: 'STOP_TIMEOUT' });
}

/** In a row, and how many of them were no fault of the database's. */
interface Failures {
  readonly failures: number;
  readonly own: number;
}

function complain(error: Error, { failures, own }: Failures, { log, settings }: LoopOptions): void {
  log.error(`The worker function failed; failures in a row: ${failures}.`, error);
  if (settings.maxFailures === 0 || own < settings.maxFailures) return;
  const detail = `The worker function failed ${failures} times in a row: ${errors.describe(error)}`;
  throw new errors.RodentError(detail, { code: 'INTERNAL', cause: error });
}
