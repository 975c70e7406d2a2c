/** How this process fares: its event loop, its processor time, its memory. */

import { createHistogram } from 'node:perf_hooks';

import type * as child from '../child/index.js';
import * as clock from '../clock/index.js';

/** The vitals that have nothing to do with requests. */
export type Sample = Pick<child.Vitals, 'memoryBytes' | 'heapBytes' | 'cpuMs' | 'loopDelayMs'>;

export interface Sampler {
  /** Returns the figures since the last call, or since the start; cheap, meant for every beat. */
  read(): Sample;
  /** Ends the sampling. */
  close(): void;
}

/**
 * How often the event loop's lateness is taken, in milliseconds: half a percent of a processor in an
 * idle process, where each tick wakes it up; three times as much at 20 ms.
 */
const EVERY_MS = 50;

/** An hour, in microseconds: longer is not told apart. */
const MOST = 3_600_000_000;

/**
 * Starts to measure how late the event loop is; keeps no process alive.
 *
 * A timer of its own, not `perf_hooks.monitorEventLoopDelay`: that one forgets its last tick with each
 * reset, so that a stall which begins or ends at a beat, as one that delays the beat does, is never
 * seen.
 */
export function open(): Sampler {
  // Two figures are enough, and keep the histogram at some 20 KiB.
  const delays = createHistogram({ lowest: 1, highest: MOST, figures: 2 });
  let dueMs = clock.monotonicMs() + EVERY_MS;
  const tick = (): void => {
    const now = clock.monotonicMs();
    delays.record(microseconds(now - dueMs));
    dueMs = now + EVERY_MS;
  };
  const timer = setInterval(tick, EVERY_MS).unref();
  return {
    read: () => {
      // What is late now counts now: this call may come before the tick of the same turn.
      if (clock.monotonicMs() > dueMs) tick();
      const loopDelayMs = summary(delays);
      delays.reset();
      return { ...usage(), loopDelayMs };
    },
    close: () => clearInterval(timer),
  };
}

function usage(): Omit<Sample, 'loopDelayMs'> {
  const { rss, heapUsed } = process.memoryUsage();
  const { user, system } = process.cpuUsage();
  return { memoryBytes: rss, heapBytes: heapUsed, cpuMs: Math.round((user + system) / 1000) };
}

function summary(delays: ReturnType<typeof createHistogram>): Sample['loopDelayMs'] {
  if (delays.count === 0) return { p50: 0, p99: 0, max: 0 };
  const [p50, p99, max] = [delays.percentile(50), delays.percentile(99), delays.max];
  return { p50: milliseconds(p50), p99: milliseconds(p99), max: milliseconds(max) };
}

function microseconds(ms: number): number {
  return Math.min(MOST, Math.max(1, Math.round(ms * 1000)));
}

/** To a tenth. */
function milliseconds(microseconds: number): number {
  return Math.round(microseconds / 100) / 10;
}
