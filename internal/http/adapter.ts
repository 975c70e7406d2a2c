/** From node:http to the handler and back, through @hono/node-server. */

import { getRequestListener } from '@hono/node-server';

import type { Env } from './env.js';
import { RequestEnv } from './env.js';
import type { Exchange } from './exchange.js';
import type { Incoming } from './incoming.js';
import * as nodeServer from './node-server.js';
import { REFUSALS, render } from './reply.js';
import * as stream from './stream.js';

/** What serves a request: the application, and everything in front of it. */
export type Handler = (request: Request, env: Env) => Response | Promise<Response>;

/** Thrown to tell node-server that the answer is already on its way. */
const ANSWERED = new Error('answered');

/** Runs the handler for one exchange; every fault ends in `exchange.fail`. */
export type Run = (incoming: Incoming, exchange: Exchange) => void;

/**
 * Returns the function that runs `handler` for a request of node:http.
 *
 * node-server makes the Request (cheap: headers and body are read when asked for) and ends its signal.
 * Answers are written here: plain ones in one step, and streams because node-server prints their errors
 * and shows the message to the client. `hostname` stands in where a request names no host (HTTP/1.0).
 */
export function createAdapter(handler: Handler, hostname: string): Run {
  const adapter = new Adapter(handler);
  const listener = getRequestListener(
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the server makes no others
    (request, bindings) => adapter.call(request, bindings.outgoing as Exchange),
    { hostname, errorHandler },
  );
  adapter.learn();
  return (incoming, exchange) => {
    listener(incoming, exchange).catch((error: unknown) => exchange.fail(error));
  };
}

class Adapter {
  readonly #handler: Handler;
  #mark: symbol | undefined;
  /** Sent through node-server in place of an answer that is out: writing it does nothing then. */
  #inert: Response = new Response();

  constructor(handler: Handler) {
    this.#handler = handler;
  }

  /** To be called when node-server has put its own Response in place of the global one. */
  learn(): void {
    this.#mark = nodeServer.findMark();
    this.#inert = new Response(null);
  }

  call(request: Request, exchange: Exchange): Response | Promise<Response> {
    exchange.request = request;
    exchange.isRunning = true;
    let result: unknown;
    try {
      result = this.#handler(request, new RequestEnv(exchange));
    } catch (error) {
      return fail(exchange, error);
    }
    return isPromise(result)
      ? result.then(
          (response) => this.#settle(exchange, response),
          (error: unknown) => fail(exchange, error),
        )
      : this.#settle(exchange, result);
  }

  #settle(exchange: Exchange, response: unknown): Response {
    exchange.isRunning = false;
    if (!stream.isResponse(response)) {
      return fail(exchange, new TypeError('The handler returned something that is no Response.'));
    }
    const kept = nodeServer.kept(response, this.#mark);
    if (kept !== undefined) {
      exchange.send(kept.status, kept.headers, kept.body);
      return this.#inert;
    }
    if (nodeServer.isAtHand(response, this.#mark)) return response;
    if (exchange.isAnswered) response.body?.cancel().catch(() => undefined);
    else stream.write(exchange, response).catch((error: unknown) => exchange.fail(error));
    throw ANSWERED;
  }
}

function fail(exchange: Exchange, error: unknown): never {
  exchange.isRunning = false;
  exchange.fail(error);
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
