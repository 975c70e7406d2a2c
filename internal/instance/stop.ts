/** Stopping: asked politely, waited for, and with force where that is wanted. */

import * as context from '../context/index.js';
import * as control from '../control/index.js';
import * as errors from '../errors/index.js';
import * as pidfile from '../pidfile/index.js';
import * as terminal from '../terminal/index.js';
import type { Place } from './shape.js';
import { ask } from './status.js';

export interface StopOptions {
  /** How long to wait until it has gone, in milliseconds. */
  readonly timeoutMs: number;
  /** Kill it when the time has passed. */
  readonly isForced: boolean;
}

/** How long a killed process may take to let its lock go. */
const KILLED_MS = 10_000;

/**
 * Stops the service and resolves with its process id when its lock is free.
 *
 * @throws RodentError NOT_RUNNING; STOP_TIMEOUT naming what it still waits for; SIGNAL_REFUSED.
 */
export async function stop(place: Place, options: StopOptions): Promise<number> {
  const pid = await request(place);
  try {
    using ctx = context.withTimeout(context.background(), options.timeoutMs);
    await pidfile.waitReleased(place.pidFile, ctx);
  } catch (error) {
    if (!errors.hasCode(error, 'DEADLINE_EXCEEDED')) throw error;
    if (!options.isForced) throw await tooLate(place, pid, options.timeoutMs);
    await kill(place);
  }
  return pid;
}

/** Asks over the control socket; where nobody listens there, a signal does. */
async function request(place: Place): Promise<number> {
  const service = await ask(place.socket);
  if (service === undefined) return pidfile.sendSignal(place.pidFile, 'SIGTERM');
  await control.call(place.socket, 'POST /stop');
  return service.pid;
}

async function tooLate(place: Place, pid: number, timeoutMs: number): Promise<errors.RodentError> {
  const pending = (await ask(place.socket))?.pending ?? [];
  const waits = pending.length === 0 ? '' : ` It waits for ${pending.join(', ')}.`;
  return new errors.RodentError(
    `Process ${pid} has not stopped within ${terminal.duration(timeoutMs)}.${waits} Try "rodent stop --force".`,
    { code: 'STOP_TIMEOUT', contextData: { pid, pending } },
  );
}

async function kill(place: Place): Promise<void> {
  try {
    await pidfile.sendSignal(place.pidFile, 'SIGKILL');
  } catch (error) {
    if (!errors.hasCode(error, 'NOT_RUNNING')) throw error;
  }
  using ctx = context.withTimeout(context.background(), KILLED_MS);
  await pidfile.waitReleased(place.pidFile, ctx);
}
