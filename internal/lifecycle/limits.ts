/** How long everything may take. */

import * as errors from '../errors/index.js';

/** The limits of a lifecycle, each in milliseconds. */
export interface Limits {
  /**
   * The whole stop; default 25,000, which leaves Kubernetes' 30 s some air. Drains get four fifths of
   * it at least, the rest is kept for what comes after them.
   */
  readonly graceMs: number;
  /** One shutdown hook or context canceller; default 5,000. */
  readonly hookMs: number;
  /** One reload handler; default 30,000. */
  readonly reloadMs: number;
  /**
   * Between the failing of readiness and the first drain, for load balancers to notice; part of the
   * grace; default 0. Skipped by a process that was never ready, and by one that is replaced or whose
   * parent has gone.
   */
  readonly drainDelayMs: number;
  /** A TERM or INT so soon after the first is the same one, delivered twice; default 500. */
  readonly duplicateMs: number;
}

/**
 * Returns `given` with the defaults for what it leaves out.
 *
 * @throws RodentError USAGE for a limit that is no number of milliseconds.
 */
export function withDefaults(given: Partial<Limits>): Limits {
  const { graceMs = 25_000, hookMs = 5000, reloadMs = 30_000 } = given;
  const { drainDelayMs = 0, duplicateMs = 500 } = given;
  const limits = { graceMs, hookMs, reloadMs, drainDelayMs, duplicateMs };
  for (const [name, ms] of Object.entries(limits)) assertLimit(name, ms);
  return limits;
}

/**
 * Refuses what could only fail when the process stops, too late for anybody to see. Infinity is a limit.
 *
 * @throws RodentError USAGE
 */
export function assertLimit(name: string, ms: number | undefined): void {
  if (ms === undefined || ms >= 0) return;
  throw new errors.RodentError(`Cannot use "${ms}" as ${name}: it is no number of milliseconds.`, {
    code: 'USAGE',
  });
}
