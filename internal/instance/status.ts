/** Whether the service runs, and what it says of itself. */

import * as control from '../control/index.js';
import type { Place, ServiceStatus } from './shape.js';

export interface Status {
  /** `dead`: files of a process that ended without cleaning up. `unknown`: `reason` says why. */
  readonly state: 'running' | 'dead' | 'stopped' | 'unknown';
  readonly pid?: number;
  /** What the service says of itself; undefined when it does not answer. */
  readonly service?: ServiceStatus;
  readonly reason?: string;
}

/** A service that does not answer within this is reported by its lock alone. */
const ANSWER_MS = 2_000;

/** Asks the control socket, then the lock. A question that `signal` gives up is one without an answer. */
export async function status(place: Place, signal?: AbortSignal): Promise<Status> {
  const service = await ask(place.socket, signal);
  if (service !== undefined) return { state: 'running', pid: service.pid, service };
  // Loaded only now: a service that answers, the usual case, needs no look at its files.
  const pidfile = await import('../pidfile/index.js');
  const { state, pid, reason } = await pidfile.inspect(place.pidFile);
  return {
    state: state === 'stale' ? 'dead' : state,
    ...(pid === undefined ? {} : { pid }),
    ...(reason === undefined ? {} : { reason }),
  };
}

/** What the service says of itself; undefined when nobody answers in time. */
export async function ask(
  socket: string,
  signal?: AbortSignal,
): Promise<ServiceStatus | undefined> {
  try {
    const answer = await control.call(socket, 'GET /status', { timeoutMs: ANSWER_MS, signal });
    return isStatus(answer) ? { ...UNSUPERVISED, ...answer } : undefined;
  } catch {
    // A service that hangs, or a socket that is not to be trusted: the lock still tells.
    return undefined;
  }
}

/** What a service of a version without workers leaves unsaid. */
const UNSUPERVISED = { isSupervised: false, wanted: 0, workers: [] } as const;

function isStatus(value: unknown): value is ServiceStatus {
  return typeof value === 'object' && value !== null && 'pid' in value && 'phase' in value;
}
