/** One timer, as long as anybody likes, that never fires early. */

import * as clock from '../clock/index.js';

/** setTimeout takes a signed 32-bit number and fires at once on a larger one. */
const LONGEST_MS = 2 ** 31 - 1;

export interface TimerOptions {
  /** Whether the process stays alive for it; default false. */
  readonly keepsAlive?: boolean;
}

/**
 * Calls `fire` once when the monotonic clock has reached `dueMs` (milliseconds, may be Infinity);
 * returns a function that prevents it.
 *
 * Node counts from the start of the running turn of its loop, so a timer set after a long computation
 * fires early; it is set again for what is left. Longer waits than setTimeout can take go in stages.
 */
export function startTimer(
  dueMs: number,
  fire: () => void,
  options: TimerOptions = {},
): () => void {
  let timer: NodeJS.Timeout;
  const arm = (): void => {
    const leftMs = Math.ceil(dueMs - clock.monotonicMs());
    timer = setTimeout(check, Math.min(Math.max(leftMs, 1), LONGEST_MS));
    if (options.keepsAlive !== true) timer.unref();
  };
  const check = (): void => {
    if (clock.monotonicMs() < dueMs) arm();
    else fire();
  };
  arm();
  return () => clearTimeout(timer);
}
