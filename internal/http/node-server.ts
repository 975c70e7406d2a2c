/**
 * The two private details of @hono/node-server that this package uses, each with what happens where
 * they are missing. Both are symbols without a public name.
 */

import type http from 'node:http';

/**
 * Finds the symbol under which node-server keeps a body that is at hand; ask after its request
 * listener was made. Without it every body counts as a stream: as correct, and a little slower.
 */
export function findMark(): symbol | undefined {
  const symbols = Object.getOwnPropertySymbols(new Response('at hand'));
  return symbols.find((symbol) => symbol.description === 'cache');
}

/** What node-server keeps beside a Response until somebody looks at it. */
export interface Kept {
  readonly status: number;
  readonly body: string | Uint8Array;
  readonly headers: http.OutgoingHttpHeaders | undefined;
}

/**
 * Returns status, headers and body of `response` when the body is text or bytes and the headers are a
 * plain object: then the answer can be written in one step.
 */
export function kept(response: object, mark: symbol | undefined): Kept | undefined {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- any object can be asked for a symbol
  const found = mark === undefined ? undefined : (response as Marked)[mark];
  if (!Array.isArray(found)) return undefined;
  const [status, body, headers]: unknown[] = found;
  if (typeof body !== 'string' && !(body instanceof Uint8Array)) return undefined;
  if (typeof status !== 'number' || !isPlain(headers)) return undefined;
  return { status, body, headers };
}

/** Whether node-server writes `response` without a stream. */
export function isAtHand(response: object, mark: symbol | undefined): boolean {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- any object can be asked for a symbol
  const found = mark === undefined ? undefined : (response as Marked)[mark];
  if (!Array.isArray(found)) return false;
  const body: unknown = found[1];
  return body === null || typeof body === 'string' || body instanceof Uint8Array;
}

type Marked = Readonly<Record<symbol, unknown>>;

function isPlain(headers: unknown): headers is http.OutgoingHttpHeaders | undefined {
  if (headers === undefined) return true;
  if (typeof headers !== 'object' || headers === null) return false;
  return Object.getPrototypeOf(headers) === Object.prototype;
}

/**
 * Aborts `request.signal` with `reason`, as node-server does when the client goes away. Without the
 * method the signal aborts only then.
 */
export function abort(request: Request, reason: Error): void {
  const prototype: unknown = Object.getPrototypeOf(request);
  if (typeof prototype !== 'object' || prototype === null) return;
  const symbols = Object.getOwnPropertySymbols(prototype);
  const name = symbols.find((symbol) => symbol.description === 'abortRequest');
  const method: unknown = name === undefined ? undefined : Reflect.get(prototype, name);
  if (typeof method === 'function') method.call(request, reason);
}
