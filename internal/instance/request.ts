/** One thing asked of the running service, and what it tells meanwhile. */

import * as control from '../control/index.js';
import * as errors from '../errors/index.js';
import type { Place, ServiceStatus } from './shape.js';
import { status } from './status.js';
import type { Status } from './status.js';

/** Is told each step, a sentence without its full stop. */
export type Listen = (text: string) => void;

/** One step on the way to an answer that takes its time, as the service sends it. */
export interface Progress {
  /** For people: `http-2 of generation 3 is ready`. */
  readonly text: string;
}

export interface RequestOptions {
  /** How long the service may say nothing, neither a step nor the answer, in milliseconds. */
  readonly timeoutMs: number;
  /** Told of each step; default: nobody. */
  readonly onProgress?: Listen | undefined;
}

/**
 * Asks the service for `route` with `body` and returns its answer.
 *
 * @throws RodentError the service's own; NOT_RUNNING; UNHEALTHY when it runs but cannot be asked.
 */
export async function request(
  place: Place,
  { route, body }: { readonly route: string; readonly body: unknown },
  { timeoutMs, onProgress }: RequestOptions,
): Promise<unknown> {
  try {
    const options = { body, timeoutMs, onProgress: listener(onProgress) };
    return await control.call(place.socket, route, options);
  } catch (error) {
    if (!errors.hasCode(error, 'NOT_RUNNING')) throw error;
    throw absent(place, await status(place), error);
  }
}

/** Returns what hands the steps on that are texts; a newer service may tell more than that. */
export function listener(onProgress: Listen | undefined): (value: unknown) => void {
  return (value) => {
    const isStep = typeof value === 'object' && value !== null && 'text' in value;
    if (isStep && typeof value.text === 'string') onProgress?.(value.text);
  };
}

/**
 * Returns what the service says of itself.
 *
 * @throws RodentError NOT_RUNNING; UNHEALTHY when it runs but does not answer.
 */
export async function service(place: Place): Promise<ServiceStatus> {
  const found = await status(place);
  if (found.service !== undefined) return found.service;
  throw absent(place, found);
}

/** Nobody answers: there is no service, or one that hangs or has lost its socket. */
function absent(place: Place, { state, pid }: Status, cause?: unknown): errors.RodentError {
  return state === 'running'
    ? new errors.RodentError(
        `Process ${pid ?? '?'} runs, but does not answer on its control socket "${place.socket}".`,
        { code: 'UNHEALTHY', cause },
      )
    : new errors.RodentError('The service is not running. Try "rodent serve --detached".', {
        code: 'NOT_RUNNING',
        cause,
      });
}

/** An answer that is none: the service is of another version, or no service of ours. */
export function misunderstood(route: string): errors.RodentError {
  return new errors.RodentError(`The service gave no outcome of "${route}".`, {
    code: 'UNHEALTHY',
  });
}
