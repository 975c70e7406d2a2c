/** Stopping workers together, and the end of patience. */

import type * as child from '../child/index.js';
import * as context from '../context/index.js';
import { startTimer } from './timer.js';
import type { Worker } from './worker.js';

/** How long before a deadline those that still run are killed: enough to reap them and to tell of it. */
const TELLING_MS = 250;

/** How a stop went. */
export interface StopReport {
  /** The workers that did not end by themselves, by name. */
  readonly killed: readonly string[];
}

/**
 * Asks `workers` to end, together, for `reason`; resolves when all are reaped. Those that run shortly
 * before the deadline of `ctx`, or when it is done, are killed: so who waits until the deadline still
 * hears of them.
 */
export async function stopTogether(
  workers: readonly Worker[],
  ctx: context.Context,
  reason?: child.StopReason,
): Promise<StopReport> {
  const running = workers.filter((worker) => worker.startedMs > 0);
  const stopped = Promise.all(workers.map((worker) => worker.stop(reason)));
  const forget = beforeEnd(ctx, () => {
    for (const worker of running) worker.kill('the time to stop was over');
  });
  await stopped;
  forget();
  return { killed: running.filter((worker) => worker.wasKilled).map((worker) => worker.name) };
}

/** Calls `fn` a little before the deadline of `ctx` and when it is done, until what it returns is called. */
function beforeEnd(ctx: context.Context, fn: () => void): () => void {
  const forget = context.afterFunc(ctx, fn);
  const { deadline } = ctx;
  if (deadline === undefined) return forget;
  const leftMs = deadline.getTime() - Date.now();
  const cancel = startTimer(Math.max(leftMs / 2, leftMs - TELLING_MS, 0), fn);
  return () => {
    cancel();
    forget();
  };
}
