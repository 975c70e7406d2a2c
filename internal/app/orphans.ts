/** Processes that a service left behind when it was killed: recorded while it ran, ended by the next. */

import { setTimeout as sleep } from 'node:timers/promises';

import type * as child from '../child/index.js';
import * as clock from '../clock/index.js';
import * as pidfile from '../pidfile/index.js';
import type { Journal } from './journal.js';

/** They notice the death themselves, stop accepting at once and finish what they have, in milliseconds. */
const PATIENCE_MS = 5_000;
const PAUSE_MS = 20;

/** What is recorded of `workers`, so that the next start can tell them from others. */
export function recorded(workers: readonly child.WorkerStatus[]): readonly pidfile.Child[] {
  return workers.flatMap(({ pid }) => {
    const start = pid === undefined ? undefined : pidfile.identify(pid)?.start;
    return pid === undefined || start === undefined ? [] : [{ pid, start }];
  });
}

/**
 * Waits until the processes of a killed predecessor have ended, and kills what does not end by itself.
 *
 * Source: W-SUP-16.
 */
export async function reap(
  previous: pidfile.HolderRecord | undefined,
  journal: Journal,
): Promise<void> {
  const left = (): readonly number[] => remaining(previous);
  if (left().length === 0) return;
  const end = clock.monotonicMs() + PATIENCE_MS;
  while (left().length > 0 && clock.monotonicMs() < end) await sleep(PAUSE_MS);
  const killed = left();
  for (const pid of killed) kill(pid);
  journal.record('warn', 'A predecessor that was killed had left processes', { killed });
  while (left().length > 0 && clock.monotonicMs() < end + PATIENCE_MS) await sleep(PAUSE_MS);
}

function remaining(previous: pidfile.HolderRecord | undefined): readonly number[] {
  if (previous === undefined) return [];
  return (previous.workers ?? []).flatMap(({ pid, start }) => {
    const now = pidfile.identify(pid);
    const { boot, pidns } = previous;
    return now !== undefined && pidfile.sameProcess({ pid, start, boot, pidns }, now) ? [pid] : [];
  });
}

/** Each leads a group of its own. */
function kill(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It ended in this very moment.
  }
}
