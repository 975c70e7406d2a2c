/** Whether a successor may take over: it and its workers must have served for a while. */

import type * as child from '../child/index.js';
import * as clock from '../clock/index.js';
import * as context from '../context/index.js';
import * as errors from '../errors/index.js';
import type { Work } from './work.js';

/** How long a successor must have served before it takes over; supervisord's `startsecs`. */
const SETTLE_MS = 1_000;
/** Between two looks at the workers. */
const PAUSE_MS = 50;

/**
 * Waits until this process has served for a second, and as many workers as there should be for `startMs`.
 * One that was ready may end soon after, again and again: nobody is to be replaced by that.
 *
 * @throws RodentError START_FAILED naming the first worker whose start failed; what ended `ctx`.
 */
export async function settle(ctx: context.Context, work: Work, startMs: number): Promise<void> {
  await Promise.all([context.sleep(ctx, SETTLE_MS), settleWorkers(ctx, work, startMs)]);
}

async function settleWorkers(ctx: context.Context, work: Work, startMs: number): Promise<void> {
  const wanted = work.staff?.wanted ?? 0;
  const seenMs = new Map<number, number>();
  for (;;) {
    const serving = work.workers().filter(({ kind, isSpare }) => kind === 'http' && !isSpare);
    for (const worker of serving) expectStarted(worker);
    const nowMs = clock.monotonicMs();
    const running = serving.flatMap(({ pid, state }) => (state === 'RUNNING' ? (pid ?? []) : []));
    for (const pid of running) if (!seenMs.has(pid)) seenMs.set(pid, nowMs);
    const settled = running.filter((pid) => nowMs - (seenMs.get(pid) ?? nowMs) >= startMs);
    if (settled.length >= wanted) return;
    await context.sleep(ctx, PAUSE_MS);
  }
}

function expectStarted({ name, state, lastEnd }: child.WorkerStatus): void {
  if (state !== 'BACKOFF' && state !== 'FATAL') return;
  const why = lastEnd?.reason ?? 'it ended';
  throw new errors.RodentError(`The worker "${name}" did not start: ${why}.`, {
    code: 'START_FAILED',
    contextData: { worker: name },
  });
}
