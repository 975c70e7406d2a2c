/** Telling whoever started a worker in the foreground that it runs. */

import fs from 'node:fs';

import * as errors from '../errors/index.js';

/**
 * Writes a newline to `descriptor` and closes it; nothing without one.
 *
 * @throws RodentError CANCELED when nobody is left to read it: the worker must then end.
 */
export function tellReady(descriptor: number | undefined): void {
  if (descriptor === undefined) return;
  try {
    fs.writeSync(descriptor, '\n');
    fs.closeSync(descriptor);
  } catch (cause) {
    const isGone = errors.hasCode(cause, 'EPIPE');
    const detail = isGone
      ? 'The process that started this worker left before the worker ran.'
      : `Cannot say that the worker runs on descriptor ${descriptor}: ${errors.describe(cause)}.`;
    throw new errors.RodentError(detail, { code: isGone ? 'CANCELED' : 'START_FAILED', cause });
  }
}
