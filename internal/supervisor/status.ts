/** A worker as `status` shows it. */

import type * as child from '../child/index.js';
import type { Place } from './place.js';
import type { Run } from './run.js';

/** What there is of a worker at the moment. */
export interface Present extends Pick<child.WorkerStatus, 'state' | 'since'> {
  readonly run: Run | undefined;
  readonly nextStartAt: string | undefined;
}

/** Returns the status of the worker at `place`. */
export function statusOf(place: Place, now: Present): child.WorkerStatus {
  const { name, kind, generation, isSpare } = place.settings;
  const { lastEnd, restarts } = place.history;
  return {
    name,
    kind,
    state: now.state,
    generation,
    isSpare,
    isSuspended: now.run?.process.isSuspended() ?? false,
    since: now.since,
    restarts,
    ...(lastEnd === undefined ? {} : { lastEnd }),
    ...(now.nextStartAt === undefined ? {} : { nextStartAt: now.nextStartAt }),
    ...(now.run === undefined ? {} : running(now.run)),
  };
}

function running(run: Run): Partial<child.WorkerStatus> {
  const { pid, startedAt, ageMs } = run;
  const vitals = run.process.vitals();
  return {
    ...(pid === undefined ? {} : { pid }),
    startedAt,
    uptimeMs: Math.round(ageMs),
    ...(vitals === undefined ? {} : { vitals }),
  };
}
