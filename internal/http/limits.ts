/** What a request may cost before the server says no. Every value can change while it serves. */

/** Limits of the server; 0 switches a limit off. */
export interface Limits {
  /** Time for the headers of a request to arrive, in milliseconds. Default: 10 000. Then 408. */
  readonly headersMs: number;
  /** Time for a whole request to arrive, body included, in milliseconds. Default: 60 000. Then 408. */
  readonly requestMs: number;
  /**
   * How long an idle connection is kept, in milliseconds. Default: 65 000, longer than the 60 s after
   * which common load balancers give up a connection, so that they close it and not we.
   */
  readonly keepAliveMs: number;
  /** Time for the handler to begin its answer, in milliseconds. Default: 0. Then 503. */
  readonly deadlineMs: number;
  /** Size of a request's headers, in bytes, for connections to come. Default: 16 KiB. Then 431. */
  readonly headerBytes: number;
  /** Size of a request's body and of a WebSocket message, in bytes. Default: 1 MiB. Then 413. */
  readonly bodyBytes: number;
  /** Requests handled at the same time; more of them wait their turn. Default: 0. */
  readonly concurrency: number;
}

export const DEFAULT_LIMITS: Limits = {
  headersMs: 10_000,
  requestMs: 60_000,
  keepAliveMs: 65_000,
  deadlineMs: 0,
  headerBytes: 16 * 1024,
  bodyBytes: 1024 * 1024,
  concurrency: 0,
};

/** Node looks for overdue requests this often, in milliseconds: an eighth of the shorter limit. */
export function checkIntervalMs(limits: Limits): number {
  const active = [limits.headersMs, limits.requestMs].filter((ms) => ms > 0);
  return Math.min(5_000, Math.max(20, Math.min(...active, 40_000) / 8));
}

/** The part of an http.Server that is set here. */
interface Enforcer {
  headersTimeout: number;
  requestTimeout: number;
  keepAliveTimeout: number;
}

/** Lets Node enforce what it can enforce itself. */
export function apply(server: Enforcer, limits: Limits): void {
  const { headersMs, requestMs } = limits;
  server.headersTimeout = requestMs > 0 ? Math.min(headersMs, requestMs) : headersMs;
  server.requestTimeout = requestMs;
  server.keepAliveTimeout = limits.keepAliveMs;
  // Read by Node for each new connection; http.Server has the property, its types do not.
  Object.assign(server, { maxHeaderSize: limits.headerBytes });
}
