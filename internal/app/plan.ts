/** What a reload means for this configuration: new values, new workers, or a new process. */

import * as config from '../config/index.js';
import * as sources from './sources.js';
import { staffing } from './staffing.js';

/** What is to be done. */
export type Plan = {
  /** `live`: new values in place. `workers`: by fresh workers. `successor`: by a fresh process. */
  readonly how: 'live' | 'workers' | 'successor';
  readonly next: config.Config;
  readonly changed: readonly config.Key[];
};

export interface PlanOptions {
  readonly current: config.Config;
  readonly next: config.Config;
  /** A fresh process was asked for. */
  readonly isRestart: boolean;
  /** Folders with the service's code. */
  readonly folders: readonly string[];
  /** When the code in use was loaded, in milliseconds since the epoch. */
  readonly loadedAtMs: number;
}

/** Keys that the supervisor itself was opened with. */
const OWN: ReadonlySet<config.Key> = new Set<config.Key>([
  'home',
  'pid.file',
  'control.socket',
  'user',
  'group',
  'log.dir',
  'log.format',
  'http.enabled',
  'http.host',
  'http.port',
  'drain.grace',
  'drain.delay',
  'stop.hookTimeout',
  'reload.timeout',
  'workers.spare',
  ...config.KEY_NAMES.filter((key) => key === 'database' || key.startsWith('database.')),
]);

/** Whether the service listens elsewhere afterwards, so that its socket must not be passed on. */
export function isMoved(changed: readonly config.Key[]): boolean {
  return changed.some((key) => key === 'http.host' || key === 'http.port');
}

/**
 * Plans a reload: in place when live keys have changed and nothing else, the code included; otherwise
 * by workers or a process that have the current code, whether or not anything has changed.
 */
export function plan({ current, next, isRestart, folders, loadedAtMs }: PlanOptions): Plan {
  const { live, restart } = config.diff(current, next);
  const changed = [...live, ...restart];
  const [before, after] = [staffing(current), staffing(next)];
  const isOther = (before === 0) !== (after === 0);
  if (isRestart || isOther) return { how: 'successor', next, changed };
  const isInPlace =
    live.length > 0 && restart.length === 0 && !sources.changedSince(folders, loadedAtMs);
  if (isInPlace) return { how: 'live', next, changed };
  const isByWorkers = after > 0 && !restart.some((key) => OWN.has(key));
  return { how: isByWorkers ? 'workers' : 'successor', next, changed };
}
