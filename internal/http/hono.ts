/** Applications as people write them, made into one handler. */

import * as errors from '../errors/index.js';
import type { Handler } from './adapter.js';
import type { Env } from './env.js';

/** A Hono app, an object with `fetch`, or a function of the Request. */
export type Application = Handler | { readonly fetch: Handler };

/** What is used of a Hono app; structural, because the service may bring its own copy of Hono. */
interface HonoApp {
  fetch: Handler;
  router: Router;
  readonly routes: readonly Route[];
  readonly errorHandler: unknown;
  onError(handler: (error: Error, c: HonoContext) => unknown): unknown;
}

interface Route {
  readonly method: string;
  readonly path: string;
  readonly handler: HonoHandler;
}

interface Router {
  readonly name: string;
  add(method: string, path: string, entry: readonly [HonoHandler, Route]): void;
  match(method: string, path: string): Match;
}

type Match = readonly [readonly unknown[], ...unknown[]];

interface HonoContext {
  readonly env: unknown;
  set(key: string, value: unknown): void;
  get(key: string): unknown;
  notFound(): unknown;
  newResponse(body: unknown, response: unknown): unknown;
}

type HonoHandler = (c: HonoContext, next: () => Promise<void>) => unknown;

/**
 * Returns the handler of `app`.
 *
 * A Hono app is taken over: `c.get('ctx')` and `c.get('requestId')` work in all of its handlers, and
 * what its handlers throw is answered and reported as any fault, unless it has an error handler of its
 * own. Its routes must be complete.
 *
 * @throws RodentError APP_INVALID when `app` is none of the three.
 */
export function adapt(app: unknown): Handler {
  if (isHono(app)) return adaptHono(app);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what it returns is checked per request
  if (typeof app === 'function') return app as Handler;
  if (
    typeof app === 'object' &&
    app !== null &&
    'fetch' in app &&
    typeof app.fetch === 'function'
  ) {
    const { fetch } = app;
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what it returns is checked per request
    return (request, env) => fetch.call(app, request, env) as Response;
  }
  throw new errors.RodentError(
    'The application is neither a Hono app nor an object with "fetch" nor a function.',
    { code: 'APP_INVALID' },
  );
}

function isHono(app: unknown): app is HonoApp {
  if (typeof app !== 'object' || app === null) return false;
  const keys = ['fetch', 'router', 'routes', 'errorHandler', 'onError'];
  return keys.every((key) => key in app) && Array.isArray(Reflect.get(app, 'routes'));
}

function adaptHono(app: HonoApp): Handler {
  const plain = createLike(app);
  if (plain !== undefined && app.errorHandler === plain.errorHandler) app.onError(handleError);
  if (plain !== undefined) app.router = bindRoutes(app, plain.router);
  return app.fetch;
}

/** An empty app of the same copy of Hono, for its router and its default error handler. */
function createLike(app: HonoApp): HonoApp | undefined {
  const made: unknown = Reflect.construct(app.constructor, []);
  return isHono(made) ? made : undefined;
}

/**
 * Registers every handler again, wrapped to set the two variables first.
 *
 * A middleware in front would be shorter, but Hono calls a route with a single handler directly and
 * composes promises as soon as there are two; measured, that costs more than all the rest here.
 */
function bindRoutes(app: HonoApp, router: Router): Router {
  for (const route of app.routes) {
    const { handler } = route;
    const bound: HonoHandler = (c, next) => {
      bind(c);
      return handler(c, next);
    };
    router.add(route.method, route.path, [Object.assign(bound, handler), route]);
  }
  const missing: Match = [[[[bindMissing, { path: '*', method: 'ALL' }], []]], []];
  const match = (method: string, path: string): Match => {
    const found = router.match(method, path);
    return found[0].length === 0 ? missing : found;
  };
  return { name: router.name, add: (...entry) => router.add(...entry), match };
}

function bindMissing(c: HonoContext): unknown {
  bind(c);
  return c.notFound();
}

function bind(c: HonoContext): void {
  const env = c.env;
  if (!isEnv(env) || c.get('requestId') !== undefined) return;
  c.set('requestId', env.requestId);
  c.set('ctx', env.ctx);
}

function isEnv(env: unknown): env is Env {
  return typeof env === 'object' && env !== null && 'requestId' in env && 'ctx' in env;
}

/** In place of Hono's own, which prints the error. */
function handleError(error: Error, c: HonoContext): unknown {
  if ('getResponse' in error && typeof error.getResponse === 'function') {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- Hono's HTTPException
    const response = error.getResponse() as Response;
    return c.newResponse(response.body, response);
  }
  if (!isEnv(c.env)) throw error;
  return c.env.recover(error);
}
