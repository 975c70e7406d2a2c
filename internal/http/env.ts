/** What a handler gets beside the Request; Hono apps find it as `c.env`. */

import type { Logger } from 'pino';

import type * as context from '../context/index.js';
import * as errors from '../errors/index.js';
import type * as postgres from '../postgres/index.js';
import type { Databases } from './databases.js';
import type { Exchange } from './exchange.js';
import type { Incoming } from './incoming.js';
import { childOf } from './request-log.js';

/** Bindings of one request; `incoming` and `outgoing` are the names that @hono/node-server uses. */
export interface Env {
  readonly incoming: Incoming;
  readonly outgoing: Exchange;
  /**
   * The context of the request, made when first asked for. It ends when the client goes away, the
   * answer is finished, the deadline passes, or the drain is over; event streams and WebSockets are
   * told at the start of the drain. `context.cause(ctx)` is a RequestEnd with the `kind`.
   */
  readonly ctx: context.Context;
  /** As logged and as returned in `X-Request-Id`. */
  readonly requestId: string;
  /**
   * A pino logger whose records carry the request id. Made, and pino loaded, when it is first asked for.
   *
   * @throws RodentError INTERNAL when the server was opened without a logger.
   */
  readonly log: Logger;
  /**
   * The database of the service; connected when it is first used.
   *
   * @throws RodentError DATABASE_UNAVAILABLE when the service has none.
   */
  readonly db: postgres.Database;
  /**
   * Other databases on the same server: `databases.use(name, work)`.
   *
   * @throws RodentError DATABASE_UNAVAILABLE when the service has none.
   */
  readonly databases: postgres.Catalog;
  /** Reports `error` as if the handler had thrown it, and returns the answer that it gets then. */
  recover(error: unknown): Response;
}

/** The Env of an ordinary request. */
export class RequestEnv implements Env {
  readonly incoming: Incoming;
  readonly outgoing: Exchange;

  constructor(outgoing: Exchange) {
    this.incoming = outgoing.req;
    this.outgoing = outgoing;
  }

  get ctx(): context.Context {
    return this.outgoing.ctx;
  }

  get requestId(): string {
    return this.outgoing.requestId;
  }

  get log(): Logger {
    const { host, requestId } = this.outgoing;
    return host === undefined ? childOf(undefined, requestId) : host.logOf(requestId);
  }

  get db(): postgres.Database {
    return databasesOf(this.outgoing).main;
  }

  get databases(): postgres.Catalog {
    return databasesOf(this.outgoing).catalog;
  }

  recover(error: unknown): Response {
    return this.outgoing.recover(error);
  }
}

function databasesOf({ host }: Exchange): Databases {
  if (host?.databases !== undefined) return host.databases;
  throw new errors.RodentError(
    'This service has no database: set database=embedded or DATABASE_URL.',
    { code: 'DATABASE_UNAVAILABLE' },
  );
}
