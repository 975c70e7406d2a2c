/** Reloading: over the control socket, which tells the outcome. */

import { setTimeout as sleep } from 'node:timers/promises';

import * as clock from '../clock/index.js';
import * as control from '../control/index.js';
import * as errors from '../errors/index.js';
import { listener } from './request.js';
import type { Listen } from './request.js';
import type { Place } from './shape.js';
import { ask } from './status.js';

export interface ReloadOptions {
  /** `restart`: a fresh process in any case. `reload`: in place where that is enough. */
  readonly mode: 'reload' | 'restart';
  /** How long the service may say nothing, neither a step nor the outcome, in milliseconds. */
  readonly timeoutMs: number;
  /** Told of each step, where the service tells of them; default: nobody. */
  readonly onProgress?: Listen | undefined;
}

export interface Reloaded {
  /**
   * `live`: in place. `successor`: by a fresh process. `workers`: by fresh workers of the same
   * supervisor. `asked`: by a signal, whose outcome is in the log.
   */
  readonly how: 'live' | 'successor' | 'workers' | 'asked';
  /** The process that serves now; with workers, their supervisor. */
  readonly pid: number;
  /** Keys of the configuration that changed. */
  readonly changed: readonly string[];
  /** How many workers serve now; told with `workers`. */
  readonly workers?: number;
  /** The generation that serves now; told with `workers`. */
  readonly generation?: number;
}

/** What is asked of the service. */
export interface ReloadRequest {
  readonly mode: ReloadOptions['mode'];
  /** When it was first asked, in milliseconds since the epoch: a process that began later has done it. */
  readonly askedAtMs: number;
}

/** Between two questions while one process leaves and the next takes over. */
const PAUSE_MS = 50;

/**
 * Has the running service take over the current configuration and code. Whoever asks while another
 * reload replaces the process gets the answer of the new one, which has read everything afresh.
 *
 * @throws RodentError NOT_RUNNING; RELOAD_FAILED with the new generation's own error: the old one goes on.
 */
export async function reload(place: Place, options: ReloadOptions): Promise<Reloaded> {
  if ((await ask(place.socket)) === undefined) {
    const pidfile = await import('../pidfile/index.js');
    const pid = await pidfile.sendSignal(place.pidFile, 'SIGHUP');
    return { how: 'asked', pid, changed: [] };
  }
  const body: ReloadRequest = { mode: options.mode, askedAtMs: Date.now() };
  let end = clock.monotonicMs() + options.timeoutMs;
  const tell = listener(options.onProgress);
  const onProgress = (step: unknown): void => {
    end = clock.monotonicMs() + options.timeoutMs;
    tell(step);
  };
  for (;;) {
    try {
      const timeoutMs = end - clock.monotonicMs();
      return await request(place, body, { timeoutMs, onProgress });
    } catch (error) {
      if (!isBetweenTwo(error) || clock.monotonicMs() > end) throw error;
      await sleep(PAUSE_MS);
    }
  }
}

async function request(
  place: Place,
  body: ReloadRequest,
  options: control.CallOptions,
): Promise<Reloaded> {
  const answer = await control.call(place.socket, 'POST /reload', { ...options, body });
  if (isReloaded(answer)) return answer;
  throw new errors.RodentError('The service gave no outcome of the reload.', {
    code: 'RELOAD_FAILED',
  });
}

/** Replaced just now, or gone in the middle of its answer: the next one answers. */
function isBetweenTwo(error: unknown): boolean {
  return errors.hasCode(error, 'NOT_READY') || errors.hasCode(error, 'UNHEALTHY');
}

function isReloaded(value: unknown): value is Reloaded {
  return typeof value === 'object' && value !== null && 'how' in value && 'pid' in value;
}
