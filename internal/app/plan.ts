/** What a reload means for this configuration: nothing more than new values, or a new process. */

import * as config from '../config/index.js';
import * as sources from './sources.js';

/** What is to be done. */
export type Plan =
  | { readonly how: 'live'; readonly next: config.Config; readonly changed: readonly config.Key[] }
  | { readonly how: 'successor'; readonly changed: readonly config.Key[] };

export interface PlanOptions {
  readonly current: config.Config;
  readonly next: config.Config;
  /** A fresh process was asked for. */
  readonly isRestart: boolean;
  /** Folders with the service's code. */
  readonly folders: readonly string[];
  /** When this process started, in milliseconds since the epoch. */
  readonly startedAtMs: number;
}

/**
 * Plans a reload: in place when live keys have changed and nothing else, the code included; otherwise
 * by a successor, which has the current code whether or not anything has changed.
 */
export function plan({ current, next, isRestart, folders, startedAtMs }: PlanOptions): Plan {
  const { live, restart } = config.diff(current, next);
  const isInPlace =
    !isRestart &&
    live.length > 0 &&
    restart.length === 0 &&
    !sources.changedSince(folders, startedAtMs);
  return isInPlace
    ? { how: 'live', next, changed: live }
    : { how: 'successor', changed: [...live, ...restart] };
}
