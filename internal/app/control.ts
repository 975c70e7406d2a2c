/** The routes of the control socket: what a command may ask of the service. */

import type * as control from '../control/index.js';
import * as errors from '../errors/index.js';
import type * as instance from '../instance/index.js';

export interface Desk {
  status(): instance.ServiceStatus;
  reload(mode: instance.ReloadOptions['mode']): Promise<instance.Reloaded>;
  /** Begins the stop and returns at once. */
  stop(): void;
}

/** Returns the routes by method and path. */
export function createRoutes(desk: Desk): control.Routes {
  return {
    'GET /status': () => desk.status(),
    'POST /reload': ({ body }) => desk.reload(modeOf(body)),
    'POST /stop': () => {
      desk.stop();
      return { isStopping: true };
    },
  };
}

function modeOf(body: unknown): instance.ReloadOptions['mode'] {
  const mode: unknown =
    typeof body === 'object' && body !== null && 'mode' in body ? body.mode : 'reload';
  if (mode === 'reload' || mode === 'restart') return mode;
  throw new errors.RodentError('The mode of a reload is "reload" or "restart".', {
    code: 'BAD_REQUEST',
  });
}
