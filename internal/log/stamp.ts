/** Timestamps of records: UTC, ISO 8601, made once a millisecond. */

import * as clock from '../clock/index.js';

/** Returns the time `atMs` (milliseconds since 1970) as text; default: now. Source: R-NIN-7. */
export type Stamp = (atMs?: number) => string;

/** Makes a stamp that remembers the last millisecond: requests come closer together than that. */
export function createStamp(): Stamp {
  let lastMs = Number.NaN;
  let text = '';
  return (atMs = Date.now()) => {
    if (atMs === lastMs) return text;
    lastMs = atMs;
    text = clock.utc(new Date(atMs));
    return text;
  };
}
