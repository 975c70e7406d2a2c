/** Stopping: asked politely, waited for, and with force where that is wanted. */

import { setTimeout as sleep } from 'node:timers/promises';

import * as clock from '../clock/index.js';
import * as control from '../control/index.js';
import * as errors from '../errors/index.js';
import * as terminal from '../terminal/index.js';
import type { Listen } from './request.js';
import type { Place } from './shape.js';
import { ask } from './status.js';

export interface StopOptions {
  /** How long to wait until it has gone, in milliseconds. */
  readonly timeoutMs: number;
  /** Kill it when the time has passed. */
  readonly isForced: boolean;
  /** Told what the service still waits for, whenever that changes; default: nobody. */
  readonly onProgress?: Listen | undefined;
}

/** Between two questions for what it still waits for. */
const PENDING_MS = 500;

/** How long a killed process may take to let its lock go. */
const KILLED_MS = 10_000;

/**
 * Stops the service and resolves with its process id when its lock is free.
 *
 * @throws RodentError NOT_RUNNING; STOP_TIMEOUT naming what it still waits for; SIGNAL_REFUSED.
 */
export async function stop(place: Place, options: StopOptions): Promise<number> {
  const end = clock.monotonicMs() + options.timeoutMs;
  const { pid, hasAnswered } = await request(place);
  const gone = new AbortController();
  const told = hasAnswered ? tellPending(place, options.onProgress, gone.signal) : undefined;
  try {
    await waitGone(place, Math.max(0, end - clock.monotonicMs()));
  } catch (error) {
    if (!errors.hasCode(error, 'DEADLINE_EXCEEDED')) throw error;
    if (!options.isForced) throw await tooLate({ place, pid, hasAnswered }, options.timeoutMs);
    await kill(place);
  } finally {
    gone.abort();
    await told;
  }
  return pid;
}

/** Tells what the service waits for until it has `gone`, or says nothing any more. */
async function tellPending(
  place: Place,
  onProgress: Listen | undefined,
  gone: AbortSignal,
): Promise<void> {
  if (onProgress === undefined) return;
  let last = '';
  for (;;) {
    await sleep(PENDING_MS, undefined, { signal: gone }).catch(() => undefined);
    const service = gone.aborted ? undefined : await ask(place.socket, gone);
    if (service === undefined) return;
    const pending = service.pending.join(', ');
    if (pending !== '' && pending !== last) onProgress(`Waiting for ${pending}`);
    last = pending;
  }
}

/** Asks over the control socket; where nobody listens there, a signal does. */
async function request(place: Place): Promise<Omit<Asked, 'place'>> {
  const service = await ask(place.socket);
  if (service === undefined) {
    const pidfile = await import('../pidfile/index.js');
    const pid = await pidfile.sendSignal(place.pidFile, 'SIGTERM');
    return { pid, hasAnswered: false };
  }
  await control.call(place.socket, 'POST /stop');
  return { pid: service.pid, hasAnswered: true };
}

/** Who was asked to stop; one that did not answer then is not asked again. */
interface Asked {
  readonly place: Place;
  readonly pid: number;
  readonly hasAnswered: boolean;
}

async function tooLate(
  { place, pid, hasAnswered }: Asked,
  timeoutMs: number,
): Promise<errors.RodentError> {
  const pending = hasAnswered ? ((await ask(place.socket))?.pending ?? []) : [];
  const waits = pending.length === 0 ? '' : ` It waits for ${pending.join(', ')}.`;
  return new errors.RodentError(
    `Process ${pid} has not stopped within ${terminal.duration(timeoutMs)}.${waits} Try "rodent stop --force".`,
    { code: 'STOP_TIMEOUT', contextData: { pid, pending } },
  );
}

async function kill(place: Place): Promise<void> {
  const pidfile = await import('../pidfile/index.js');
  try {
    await pidfile.sendSignal(place.pidFile, 'SIGKILL');
  } catch (error) {
    if (!errors.hasCode(error, 'NOT_RUNNING')) throw error;
  }
  await waitGone(place, KILLED_MS);
}

/** Waits until the lock is free. What it needs is loaded here, so that `status` does without. */
async function waitGone(place: Place, limitMs: number): Promise<void> {
  const context = await import('../context/index.js');
  const pidfile = await import('../pidfile/index.js');
  using ctx = context.withTimeout(context.background(), limitMs);
  await pidfile.waitReleased(place.pidFile, ctx);
}
