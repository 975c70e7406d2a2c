/** The routes of the control socket: what a command may ask of the service. */

import type * as control from '../control/index.js';
import * as errors from '../errors/index.js';
import type * as instance from '../instance/index.js';

export interface Desk {
  status(): instance.ServiceStatus;
  reload(request: instance.ReloadRequest): Promise<instance.Reloaded>;
  /** Begins the stop and returns at once. */
  stop(): void;
}

/** Returns the routes by method and path. */
export function createRoutes(desk: Desk): control.Routes {
  return {
    'GET /status': () => desk.status(),
    'POST /reload': ({ body }) => desk.reload(requestOf(body)),
    'POST /stop': () => {
      desk.stop();
      return { isStopping: true };
    },
  };
}

function requestOf(body: unknown): instance.ReloadRequest {
  const { mode = 'reload', askedAtMs = Date.now() } = isRecord(body) ? body : {};
  const isMode = mode === 'reload' || mode === 'restart';
  if (isMode && typeof askedAtMs === 'number') return { mode, askedAtMs };
  throw new errors.RodentError('The mode of a reload is "reload" or "restart".', {
    code: 'BAD_REQUEST',
  });
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
