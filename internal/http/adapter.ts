/** From node:http to the handler and back, through @hono/node-server. */

import { getRequestListener } from '@hono/node-server';

import type { Env } from './env.js';
import { RequestEnv } from './env.js';
import type { Exchange, Incoming } from './exchange.js';
import * as nodeServer from './node-server.js';
import { REFUSALS, render } from './reply.js';
import * as stream from './stream.js';

/** What serves a request: the application, and everything in front of it. */
export type Handler = (request: Request, env: Env) => Response | Promise<Response>;

/** Thrown to tell node-server that the answer is already on its way. */
const ANSWERED = new Error('answered');

/** Runs `handler` for one exchange; every fault ends in `exchange.fail`. */
export type Run = (incoming: Incoming, exchange: Exchange) => void;

/**
 * Returns the function that runs `handler` for a request of node:http.
 *
 * node-server makes the Request (cheap: headers and body are read when asked for) and writes answers
 * whose body is at hand. Streams are written here, because node-server prints their errors and shows
 * the message to the client. `hostname` stands in where a request names no host (HTTP/1.0).
 */
export function createAdapter(handler: Handler, hostname: string): Run {
  const listener = getRequestListener(
    (request, bindings) => call(handler, request, bindings.outgoing as Exchange, mark),
    { hostname, errorHandler },
  );
  const mark = nodeServer.findMark();
  return (incoming, exchange) => {
    listener(incoming, exchange).catch((error: unknown) => exchange.fail(error));
  };
}

function call(
  handler: Handler,
  request: Request,
  exchange: Exchange,
  mark: symbol | undefined,
): unknown {
  exchange.request = request;
  let result: unknown;
  try {
    result = handler(request, new RequestEnv(exchange));
  } catch (error) {
    return fail(exchange, error);
  }
  return isPromise(result)
    ? result.then(
        (response) => settle(exchange, response, mark),
        (error: unknown) => fail(exchange, error),
      )
    : settle(exchange, result, mark);
}

function fail(exchange: Exchange, error: unknown): never {
  exchange.fail(error);
  throw ANSWERED;
}

/** Leaves to node-server what it writes without waiting, and writes the rest. */
function settle(exchange: Exchange, response: unknown, mark: symbol | undefined): Response {
  if (!stream.isResponse(response)) {
    return fail(exchange, new TypeError('The handler returned something that is no Response.'));
  }
  if (nodeServer.isAtHand(response, mark)) return response;
  if (exchange.isOverruled) response.body?.cancel().catch(() => undefined);
  else stream.write(exchange, response).catch((error: unknown) => exchange.fail(error));
  throw ANSWERED;
}

/** Called with ANSWERED, or because no Request could be made: a bad target, a bad host. */
function errorHandler(error: unknown): Response | undefined {
  if (error === ANSWERED) return undefined;
  const [type, body] = render(REFUSALS.badRequest, '', undefined);
  return new Response(body, { status: 400, headers: { 'content-type': type } });
}

function isPromise(value: unknown): value is Promise<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value;
}
