/** The order of a stop. */

import * as clock from '../clock/index.js';
import type { Cause } from './cause.js';
import type { Limits } from './limits.js';
import type { Registration, Registrations } from './registration.js';
import type { Hook, Runner, Task } from './runner.js';

/** Told that the root context is cancelled, and why; may return a promise for the end of its work. */
export type Canceller = (cause: Cause) => unknown;

/** A hook whose turn comes when grace is over is called all the same, with this many milliseconds. */
const LEAST_MS = 100;

/** What a stop works on. */
export interface Parts {
  readonly cause: Cause;
  readonly limits: Limits;
  /** Whether the process was ready before. */
  readonly wasReady: boolean;
  readonly runner: Runner;
  /** Runs the reload handlers; one may be at work still. */
  readonly reloader: Runner;
  readonly drains: Iterable<Registration<Hook>>;
  readonly cancellers: Iterable<Registration<Canceller>>;
  readonly hooks: Registrations<Hook>;
  /** Called when the time for draining ran out, before anything is cut. */
  readonly noteCut: () => void;
  /** Cancels the root context. */
  readonly cancel: () => void;
  /** Called in the very moment in which no hook is left: one registered later is refused. */
  readonly end: () => void;
}

/**
 * Drains, cancels, runs the hooks; returns early when the runner is abandoned. Never rejects.
 *
 * Source: design section 3, "Stop"; W-ROD-1 to 4.
 */
export async function stop(parts: Parts): Promise<void> {
  const endMs = clock.monotonicMs() + parts.limits.graceMs;
  const isNoticed = parts.wasReady && !isSilent(parts.cause);
  const delayMs = isNoticed ? parts.limits.drainDelayMs : 0;
  if (delayMs > 0) await parts.runner.pause(delayMs);
  await drain(parts, endMs);
  if (parts.runner.isAbandoned) return;
  parts.cancel();
  await cancel(parts, endMs);
  await runHooks(parts, endMs);
}

/** Nobody has to notice: another serves in its place, or must be able to. */
function isSilent({ kind }: Cause): boolean {
  return kind === 'replaced' || kind === 'parent-lost';
}

/** All at once, and beside them a reload handler that has just been told to end. */
async function drain({ drains, limits, runner, ...parts }: Parts, endMs: number): Promise<void> {
  const reserveMs = Math.min(limits.hookMs, limits.graceMs / 5);
  const restMs = endMs - reserveMs - clock.monotonicMs();
  const tasks: Task[] = Array.from(drains, (registration) => {
    const limitMs = Math.min(registration.timeoutMs ?? restMs, restMs);
    return { stage: 'drain', registration, call: registration.fn, limitMs };
  });
  for (const task of parts.reloader.active) {
    const call = (): Promise<void> => parts.reloader.settled(task);
    tasks.push({ ...task, call, limitMs: Math.min(limits.hookMs, restMs) });
  }
  const outcomes = await Promise.all(tasks.map((task) => runner.run(task)));
  const isCut = outcomes.some((outcome) => outcome.kind === 'failed' && outcome.failure.isTimeout);
  if (isCut) parts.noteCut();
}

/** All at once; what was cancelled must have ended before the hooks close what it uses. */
async function cancel(parts: Parts, endMs: number): Promise<void> {
  const { cause, limits, runner } = parts;
  const limitMs = Math.min(limits.hookMs, (endMs - clock.monotonicMs()) / 2);
  await Promise.all(
    Array.from(parts.cancellers, (registration) => {
      const call = (): unknown => registration.fn(cause);
      return runner.run({ stage: 'canceller', registration, call, limitMs });
    }),
  );
}

/** One by one, the youngest first; one that is registered meanwhile is the youngest. */
async function runHooks({ hooks, limits, runner, end }: Parts, endMs: number): Promise<void> {
  while (!runner.isAbandoned) {
    const registration = hooks.pop();
    if (registration === undefined) {
      end();
      return;
    }
    const restMs = Math.max(LEAST_MS, endMs - clock.monotonicMs());
    const limitMs = Math.min(registration.timeoutMs ?? limits.hookMs, restMs);
    await runner.run({ stage: 'hook', registration, call: registration.fn, limitMs });
  }
}
