/** Timers that do not keep the process alive, and limits that are fair after a suspension. */

import * as clock from '../clock/index.js';

/** The longest time that setTimeout takes. */
const LONGEST_MS = 2 ** 31 - 1;
/** A timer that fires so much too late was held up by a suspension, of the process or the machine. */
const LATE_MS = 2000;

/** Calls `fn` after `ms` milliseconds; returns what cancels it. */
export function startTimer(ms: number, fn: () => void): () => void {
  const timer = setTimeout(fn, Math.min(ms, LONGEST_MS)).unref();
  return () => clearTimeout(timer);
}

/**
 * As `startTimer`, for the time that a child is given: when this process was suspended meanwhile, the
 * child most likely was too, so it is given the time anew; and what it said last is heard first.
 */
export function startLimit(ms: number, fn: () => void): () => void {
  let isOver = false;
  let cancel: (() => void) | undefined;
  const begin = (): void => {
    const dueMs = clock.monotonicMs() + Math.min(ms, LONGEST_MS);
    cancel = startTimer(ms, () => {
      if (clock.monotonicMs() > dueMs + LATE_MS) begin();
      else setImmediate(() => isOver || fn());
    });
  };
  begin();
  return () => {
    isOver = true;
    cancel?.();
  };
}
