/**
 * The one place that touches what Node does not document: a socket that is bound but does not accept.
 *
 * `net.Server` accepts from the moment it listens, so a process that only holds a socket for others
 * (a supervisor, a service still loading its app) would take connections that it cannot serve.
 * `net._createServerHandle` binds and no more; node:cluster uses it for the same purpose. Where it is
 * gone, a documented `net.Server` stands in: what it accepts before its time waits, paused, for the
 * server that takes over. Road not taken: `net.BoundSocket` (nodejs/node#63951) is not released yet.
 */

import net from 'node:net';

/** A bound socket of libuv: what `server.listen({ handle })` and a spawn's `stdio` accept. */
export interface NativeHandle {
  readonly fd: number;
  close(): void;
  /** As listen(2): once more on a socket that listens, it only sets the length of the queue. */
  listen(backlog: number): number;
  getsockname(out: { address?: string; family?: string; port?: number }): number;
}

/** Address, port, family (4 or 6), descriptor, flags; a negative number is libuv's error. */
type CreateServerHandle = (
  ...place: readonly [
    address: string | null,
    port: number | null,
    family: number | null,
    fd: number | undefined,
    flags: number,
  ]
) => NativeHandle | number;

/** A bound socket, whichever way it was made. */
export interface Bound {
  /** For `child_process.spawn`: an entry of `stdio`; the child gets a duplicate of the descriptor. */
  readonly stdio: unknown;
  readonly address: string;
  readonly port: number;
  /** Makes the kernel's queue as short as it can be: who comes now tries again a second later. */
  shortenQueue(): void;
  /** Connections that were accepted before anything could serve them, paused; the caller owns them. */
  takeEarly(): readonly net.Socket[];
  /** From now on calls `fn` for those instead of keeping them. */
  onEarly(fn: (socket: net.Socket) => void): void;
  close(): void;
}

/** Where to bind; an address is numeric, `null` means every interface. */
export type Place =
  | { readonly address: string | null; readonly port: number }
  | { readonly fd: number };

/** libuv's negative error numbers travel as a value; system errors carry them in `errno`. */
export class BindError extends Error {
  readonly errno: number;

  constructor(errno: number) {
    super(`bind failed with ${errno}`);
    this.errno = errno;
  }
}

/** Returns Node's own bind function, or undefined where this Node has none. */
export function nativeBind(): CreateServerHandle | undefined {
  const create: unknown = Reflect.get(net, '_createServerHandle');
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- Node's, see above
  return typeof create === 'function' ? (create as CreateServerHandle) : undefined;
}

/**
 * Binds without listening.
 *
 * @throws BindError with libuv's number; a port in use shows only when the name is asked for.
 */
export function bindNative(place: Place, create: CreateServerHandle): Bound {
  const handle =
    'fd' in place
      ? create(null, null, null, place.fd, 0)
      : create(place.address, place.port, place.address?.includes(':') === false ? 4 : 6, -1, 0);
  if (typeof handle === 'number') throw new BindError(handle);
  const name: { address?: string; port?: number } = {};
  // A Pipe (unix socket) has no name of this kind; libuv also delays EADDRINUSE up to this call.
  const failed = typeof handle.getsockname === 'function' ? handle.getsockname(name) : -22;
  if (failed !== 0) {
    handle.close();
    throw new BindError(failed);
  }
  return {
    stdio: handle,
    address: name.address ?? '',
    port: name.port ?? 0,
    shortenQueue: () => void handle.listen(0),
    takeEarly: () => [],
    onEarly: () => undefined,
    close: () => handle.close(),
  };
}

/** Binds and listens with documented means only. */
export async function bindPublic(place: Place): Promise<Bound> {
  const early: net.Socket[] = [];
  let take = (socket: net.Socket): void => void early.push(socket);
  const server = net.createServer({ pauseOnConnect: true, allowHalfOpen: true, noDelay: true });
  server.on('connection', (socket) => take(socket));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(
      'fd' in place ? place : { host: place.address ?? undefined, port: place.port },
      () => resolve(),
    );
  });
  server.unref();
  const name = server.address();
  if (name === null || typeof name === 'string') throw new BindError(-22);
  return {
    stdio: server,
    address: name.address,
    port: name.port,
    shortenQueue: () => undefined,
    takeEarly: () => early.splice(0),
    onEarly: (fn) => {
      take = fn;
      for (const socket of early.splice(0)) fn(socket);
    },
    close: () => void server.close(),
  };
}
