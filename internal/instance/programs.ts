/** What can be done to the programs that the supervisor keeps. */

import { misunderstood, request } from './request.js';
import type { RequestOptions } from './request.js';
import type { Place } from './shape.js';

/** `update` reads the definitions anew and applies what was added, changed and removed. */
export type ProgramVerb = 'start' | 'stop' | 'restart' | 'signal' | 'update';

/** What is asked of the service. */
export interface ProgramsRequest {
  readonly verb: ProgramVerb;
  /** Which programs; empty: all. */
  readonly names: readonly string[];
  /** Told with `signal`. */
  readonly signal?: NodeJS.Signals;
}

/** What came of one program. */
export interface ProgramResult {
  readonly name: string;
  readonly outcome:
    | 'started'
    | 'stopped'
    | 'restarted'
    | 'signalled'
    | 'added'
    | 'changed'
    | 'removed'
    | 'unchanged'
    | 'failed';
  /** One sentence; told with `failed`. */
  readonly error?: string;
}

/** The answer to `POST /programs`. */
export interface ProgramsAnswer {
  readonly results: readonly ProgramResult[];
}

const ROUTE = 'POST /programs';

/**
 * Has the supervisor do something to its programs, and resolves when it is done.
 *
 * @throws RodentError NOT_RUNNING; NOT_FOUND naming an unknown program, and then nothing was done.
 */
export async function programs(
  place: Place,
  body: ProgramsRequest,
  options: RequestOptions,
): Promise<readonly ProgramResult[]> {
  const answer = await request(place, { route: ROUTE, body }, options);
  if (isAnswer(answer)) return answer.results;
  throw misunderstood(ROUTE);
}

function isAnswer(value: unknown): value is ProgramsAnswer {
  return (
    typeof value === 'object' &&
    value !== null &&
    'results' in value &&
    Array.isArray(value.results)
  );
}
