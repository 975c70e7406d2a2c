/** Reloading: over the control socket, which tells the outcome. */

import * as control from '../control/index.js';
import * as errors from '../errors/index.js';
import type { Place } from './shape.js';
import { ask } from './status.js';

export interface ReloadOptions {
  /** `restart`: a fresh process in any case. `reload`: in place where that is enough. */
  readonly mode: 'reload' | 'restart';
  /** How long the service may take, in milliseconds. */
  readonly timeoutMs: number;
}

export interface Reloaded {
  /** `live`: in place. `successor`: by a fresh process. `asked`: by a signal, whose outcome is in the log. */
  readonly how: 'live' | 'successor' | 'asked';
  /** The process that serves now. */
  readonly pid: number;
  /** Keys of the configuration that changed. */
  readonly changed: readonly string[];
}

/**
 * Has the running service take over the current configuration and code.
 *
 * @throws RodentError NOT_RUNNING; RELOAD_FAILED with the new generation's own error: the old one goes on.
 */
export async function reload(place: Place, options: ReloadOptions): Promise<Reloaded> {
  if ((await ask(place.socket)) === undefined) {
    const pidfile = await import('../pidfile/index.js');
    const pid = await pidfile.sendSignal(place.pidFile, 'SIGHUP');
    return { how: 'asked', pid, changed: [] };
  }
  const { mode, timeoutMs } = options;
  const answer = await control.call(place.socket, 'POST /reload', { body: { mode }, timeoutMs });
  if (isReloaded(answer)) return answer;
  throw new errors.RodentError('The service left before it told the outcome of the reload.', {
    code: 'RELOAD_FAILED',
  });
}

function isReloaded(value: unknown): value is Reloaded {
  return typeof value === 'object' && value !== null && 'how' in value && 'pid' in value;
}
