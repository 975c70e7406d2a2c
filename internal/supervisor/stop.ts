/** Stopping workers together, and the end of patience. */

import type * as child from '../child/index.js';
import * as context from '../context/index.js';
import type { Worker } from './worker.js';

/** How a stop went. */
export interface StopReport {
  /** The workers that did not end by themselves, by name. */
  readonly killed: readonly string[];
}

/**
 * Asks `workers` to end, together, for `reason`; resolves when all are reaped. Those that run when `ctx`
 * is done are killed.
 */
export async function stopTogether(
  workers: readonly Worker[],
  ctx: context.Context,
  reason?: child.StopReason,
): Promise<StopReport> {
  const running = workers.filter((worker) => worker.startedMs > 0);
  const stopped = Promise.all(workers.map((worker) => worker.stop(reason)));
  const forget = context.afterFunc(ctx, () => {
    for (const worker of running) worker.kill('the time to stop was over');
  });
  await stopped;
  forget();
  return { killed: running.filter((worker) => worker.wasKilled).map((worker) => worker.name) };
}
