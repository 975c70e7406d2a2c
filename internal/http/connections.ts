/** The connections of a server: who is idle, who is busy, who has not said what it wants. */

import type net from 'node:net';

const CONNECTION: unique symbol = Symbol('rodent.connection');

interface Tracked extends net.Socket {
  [CONNECTION]?: Connection;
}

/** One connection; a WebSocket stays one. */
export class Connection {
  readonly socket: net.Socket;
  readonly ip: string;
  /** Requests whose answer is not out yet: more than one only when the client pipelines. */
  active = 0;
  requests = 0;
  isUpgraded = false;
  /** It was told to go away: nothing it still sends is answered. */
  isRefused = false;

  constructor(socket: net.Socket) {
    this.socket = socket;
    this.ip = socket.remoteAddress ?? '';
  }

  get isBusy(): boolean {
    return this.active > 0 || this.isUpgraded;
  }

  /** It has begun its first request and not finished it. */
  get isHalfSent(): boolean {
    // With TLS the handshake counts as bytes too, and says nothing about a request.
    const isPlain = !('encrypted' in this.socket);
    return isPlain && this.requests === 0 && !this.isUpgraded && this.socket.bytesRead > 0;
  }
}

/** The connection that `socket` belongs to. */
export function connectionOf(socket: net.Socket): Connection | undefined {
  return (socket as Tracked)[CONNECTION];
}

/** The set of open connections. */
export class Connections {
  readonly #open = new Set<Connection>();
  readonly #handshakes = new Map<string, Connection>();
  readonly #onClose: (connection: Connection) => void;
  accepted = 0;

  /** `onClose` is called after each connection that closes. */
  constructor(onClose: (connection: Connection) => void) {
    this.#onClose = onClose;
  }

  get size(): number {
    return this.#open.size;
  }

  add(socket: net.Socket): void {
    this.accepted += 1;
    this.#track(socket);
  }

  /** A connection whose TLS handshake begins. */
  addHandshake(socket: net.Socket): void {
    this.accepted += 1;
    const peer = peerOf(socket);
    const connection = this.#track(socket);
    if (connection === undefined) return;
    this.#handshakes.set(peer, connection);
    socket.once('close', () => this.#handshakes.delete(peer));
  }

  /** The TLS side of a connection whose handshake is done: from now on it stands for both. */
  addSecure(socket: net.Socket): void {
    const peer = peerOf(socket);
    const raw = this.#handshakes.get(peer);
    this.#handshakes.delete(peer);
    this.#track(socket);
    if (raw !== undefined) this.#open.delete(raw);
  }

  #track(socket: net.Socket): Connection | undefined {
    if (socket.destroyed) return undefined;
    const connection = new Connection(socket);
    (socket as Tracked)[CONNECTION] = connection;
    this.#open.add(connection);
    socket.once('close', () => {
      this.#open.delete(connection);
      this.#onClose(connection);
    });
    return connection;
  }

  [Symbol.iterator](): IterableIterator<Connection> {
    return this.#open.values();
  }
}

function peerOf(socket: net.Socket): string {
  return `${socket.remoteAddress ?? ''} ${socket.remotePort ?? 0}`;
}
