/** Durations as people type them after a flag. */

import * as config from '../internal/config/index.js';

/**
 * Returns the milliseconds of `value`; undefined when the flag was not given.
 *
 * @throws RodentError USAGE naming the flag.
 */
export function durationOf(value: unknown, flag: string): number | undefined {
  if (typeof value !== 'string') return undefined;
  return config.duration(value, `--${flag}`);
}
