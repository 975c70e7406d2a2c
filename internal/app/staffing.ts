/** How many workers a configuration asks for. */

import type * as config from '../config/index.js';
import * as errors from '../errors/index.js';
import * as limits from '../limits/index.js';

/**
 * Returns the number of workers; 0 for a service without a supervisor. What is watched while it is
 * written, and what only tries its start, runs in one process unless workers are asked for.
 *
 * Source: R-SUP-28, 29, 30; R-INP-32.
 */
export function staffing(settings: config.Config): number {
  if (settings.get('stopAfterInit')) return 0;
  const workers = settings.get('workers');
  if (workers !== 'auto') return workers;
  const isDefault = settings.source('workers').layer === 'default';
  return isDefault && settings.get('watch') ? 0 : limits.workerCount(limits.cores());
}

/** More are a slip of the finger. */
const MOST = 256;

/** @throws RodentError BAD_REQUEST for a number of workers that no supervisor keeps. */
export function requireNumber(wanted: number): void {
  if (Number.isSafeInteger(wanted) && wanted >= 1 && wanted <= MOST) return;
  throw new errors.RodentError(
    `Cannot keep ${wanted} workers: it must be a number from 1 to ${MOST}; "rodent stop" stops the service.`,
    { code: 'BAD_REQUEST' },
  );
}
