/**
 * Package clock: the two times a program needs, kept apart.
 *
 * `monotonicMs` is for what is measured: it never jumps. `utc` is for what is written down. Hosts
 * that compare times use the database's clock, never these.
 *
 * Source: seed 003 "time data" (R-NIN-7); style guide, "Time".
 */

/** Milliseconds on the monotonic clock, since an arbitrary start; fractions of a microsecond count. */
export function monotonicMs(): number {
  return performance.now();
}

/** The time as ISO 8601 in UTC with milliseconds, e.g. `2026-11-21T08:15:30.123Z`. Default: now. */
export function utc(date: Date = new Date()): string {
  return date.toISOString();
}
