/** More or fewer http workers. */

import { misunderstood, request } from './request.js';
import type { RequestOptions } from './request.js';
import type { Place } from './shape.js';

/** What is asked of the service: so many workers, or so many more or fewer. */
export type ScaleRequest = { readonly workers: number } | { readonly by: number };

/** What came of it. */
export interface Scaled {
  /** How many http workers there should be now. */
  readonly workers: number;
  /** How many there should have been. */
  readonly before: number;
}

const ROUTE = 'POST /scale';

/**
 * Has the supervisor keep another number of http workers, and resolves when that many serve.
 *
 * @throws RodentError NOT_RUNNING; BAD_REQUEST below one worker; whatever else the service says, such
 *   as that it has no supervisor.
 */
export async function scale(
  place: Place,
  body: ScaleRequest,
  options: RequestOptions,
): Promise<Scaled> {
  const answer = await request(place, { route: ROUTE, body }, options);
  if (isScaled(answer)) return answer;
  throw misunderstood(ROUTE);
}

function isScaled(value: unknown): value is Scaled {
  return typeof value === 'object' && value !== null && 'workers' in value && 'before' in value;
}
