/** Notices that nothing is heard of a process any more, without taking a suspension for it. */

import type * as child from '../child/index.js';
import * as clock from '../clock/index.js';

/** How long a stuck process's stack is waited for. */
const STACK_MS = 2000;
/** A tick that comes so much late, beyond two ticks, means that this process itself was held up. */
const LATE_MS = 1000;

/** What is noticed, and who is told. Times in milliseconds. */
export interface WatchOptions {
  readonly silenceMs: number;
  /** Called once, and the watch is over then. */
  handleStuck(silentMs: number, stack: string | undefined): void;
}

/**
 * Watches `process` until the returned function is called.
 *
 * Nobody is judged at a tick that came late, and silence counts anew from then: whoever held this
 * process up (SIGSTOP, the lid of a laptop) held up the other one, or kept its beats from being read.
 * The silence of a process that is itself suspended does not count either.
 *
 * Source: Unicorn, murder_lazy_workers; gunicorn, murder_workers.
 */
export function watch(process: child.Process, options: WatchOptions): () => void {
  const { silenceMs } = options;
  const tickMs = Math.min(1000, Math.max(10, silenceMs / 4));
  let tickedMs = clock.monotonicMs();
  let sinceMs = tickedMs;
  let stuckMs: number | undefined;
  const forget = (nowMs: number): void => {
    sinceMs = nowMs;
    stuckMs = undefined;
  };
  const tick = (): void => {
    const nowMs = clock.monotonicMs();
    const isLate = nowMs - tickedMs > 2 * tickMs + LATE_MS;
    tickedMs = nowMs;
    if (isLate) return forget(nowMs);
    const silentMs = Math.min(process.silentMs(), nowMs - sinceMs);
    // Asked before it matters, so that a process just resumed has time for its first beat.
    if (silentMs > silenceMs / 2 && process.isSuspended()) return forget(nowMs);
    if (silentMs <= silenceMs) return void (stuckMs = undefined);
    stuckMs ??= nowMs;
    const stack = process.stuckAt();
    if (stack === undefined && nowMs - stuckMs < STACK_MS) return;
    clearInterval(timer);
    options.handleStuck(silentMs, stack);
  };
  const timer = setInterval(tick, tickMs).unref();
  return () => clearInterval(timer);
}
