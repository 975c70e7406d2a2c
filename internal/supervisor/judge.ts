/** Carries out what is judged of the workers that serve. */

import type * as child from '../child/index.js';
import type { Recycler } from './recycle.js';
import type { Worker } from './worker.js';

/** What is to be done with a worker, and why. */
export interface Verdict {
  /** `recycle`: its replacement first. `kill`: at once. */
  readonly action: 'recycle' | 'kill';
  readonly why: string;
}

/** Judges a RUNNING worker; undefined when all is well. */
export type Judge = (status: child.WorkerStatus) => Verdict | undefined;

/** Asks `judge` about each of `workers` that is RUNNING; one that is being replaced can only be killed. */
export function judgeAll(workers: readonly Worker[], judge: Judge, recycler: Recycler): void {
  for (const worker of workers) {
    if (worker.state !== 'RUNNING') continue;
    try {
      execute(worker, judge(worker.status()), recycler);
    } catch (error) {
      worker.tell({ type: 'JUDGE_FAILED', error });
    }
  }
}

function execute(worker: Worker, verdict: Verdict | undefined, recycler: Recycler): void {
  if (verdict?.action === 'kill') worker.kill(verdict.why);
  if (verdict?.action !== 'recycle' || recycler.isPending(worker)) return;
  // How a recycle fails is told to the observer.
  recycler.recycle(worker, verdict.why).catch(() => undefined);
}
