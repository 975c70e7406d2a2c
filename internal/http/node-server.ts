/**
 * The two private details of @hono/node-server that this package uses, each with what happens where
 * they are missing. Both are symbols without a public name.
 */

/**
 * Finds the symbol under which node-server keeps a body that is at hand; ask after its request
 * listener was made. Without it every body counts as a stream: as correct, and a little slower.
 */
export function findMark(): symbol | undefined {
  const symbols = Object.getOwnPropertySymbols(new Response('at hand'));
  return symbols.find((symbol) => symbol.description === 'cache');
}

/** Whether the body of `response` is nothing, a text or bytes that node-server can write at once. */
export function isAtHand(response: object, mark: symbol | undefined): boolean {
  const kept: unknown = mark === undefined ? undefined : (response as Marked)[mark];
  if (!Array.isArray(kept)) return false;
  const body: unknown = kept[1];
  return typeof body === 'string' || body === null || body instanceof Uint8Array;
}

type Marked = Readonly<Record<symbol, unknown>>;

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
