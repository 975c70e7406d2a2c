/** What a route is given, and how the route of a request is found. */

import * as errors from '../errors/index.js';

export interface ControlRequest {
  /** Path without the query, e.g. `/status`. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** The parsed JSON body; undefined when there is none. */
  readonly body: unknown;
  /** Aborts when the client has gone, or when the socket closes and answers must come to their end. */
  readonly signal: AbortSignal;
}

/** Returns what becomes the JSON answer, or an async generator of progress; throws what becomes an error. */
export type Route = (request: ControlRequest) => unknown;

/** Routes by method and path, e.g. `GET /status`. */
export type Routes = Readonly<Record<string, Route>>;

/** Returns the route of `name`. @throws RodentError NOT_FOUND naming those that exist. */
export function find(routes: Routes, name: string): Route {
  const route = Object.hasOwn(routes, name) ? routes[name] : undefined;
  if (route !== undefined) return route;
  const known = Object.keys(routes).join(', ');
  throw new errors.RodentError(`There is no route "${name}". Known routes: ${known}.`, {
    code: 'NOT_FOUND',
  });
}
