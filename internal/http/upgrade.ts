/** WebSockets: from the upgrade request to the close frame. */

import { EventEmitter } from 'node:events';
import http from 'node:http';
import type net from 'node:net';

import { createAdaptorServer } from '@hono/node-server';
import type { WebSocket } from 'ws';

import type { Handler } from './adapter.js';
import type { Exchange } from './exchange.js';
import type { Surroundings } from './host.js';
import type { PublicError } from './reply.js';
import { REFUSALS, raw } from './reply.js';
import { Session } from './session.js';

/** How long a peer may take to answer the close frame, in milliseconds. */
const CLOSE_MS = 1_000;

/** What the upgrades need of their server. */
export interface UpgradeHost extends Surroundings<Exchange> {
  nextRequestId(incoming: http.IncomingMessage): string;
  recordSession(session: Session, status: number): void;
}

/**
 * Serves Hono's `upgradeWebSocket` of @hono/node-server. The WebSocket library is loaded with the
 * first upgrade; a service without WebSockets never pays for it.
 */
export class Upgrades {
  readonly #host: UpgradeHost;
  readonly #handler: Handler;
  readonly #sessions = new Map<http.IncomingMessage, Session>();
  #bridge: Promise<EventEmitter> | undefined;

  constructor(host: UpgradeHost, handler: Handler) {
    this.#host = host;
    this.#handler = handler;
  }

  get sessions(): Iterable<Session> {
    return this.#sessions.values();
  }

  get size(): number {
    return this.#sessions.size;
  }

  /** The listener for `upgrade` of an HTTP server. */
  readonly handle = (incoming: http.IncomingMessage, socket: net.Socket, head: Buffer): void => {
    const session = new Session(this.#host, incoming, socket);
    this.#sessions.set(incoming, session);
    socket.on('error', ignore);
    socket.once('close', () => {
      this.#sessions.delete(incoming);
      session.end();
    });
    if (this.#host.isDraining) refuse(session, REFUSALS.draining);
    else if (incoming.headers.upgrade?.toLowerCase() !== 'websocket') {
      refuse(session, REFUSALS.noUpgrade);
    } else void this.#forward(session, head);
  };

  /** Tells every WebSocket's context that the server drains. */
  tell(): void {
    for (const session of this.sessions) session.cancel('draining');
  }

  /** Closes with 1001, "going away"; what does not answer in time is cut. */
  close(): void {
    for (const session of this.sessions) {
      const { socket } = session;
      if (session.webSocket === undefined) socket.destroy();
      else session.webSocket.close(1001, 'The server is going away.');
      const timer = setTimeout(() => socket.destroy(), CLOSE_MS);
      socket.once('close', () => clearTimeout(timer));
    }
  }

  async #forward(session: Session, head: Buffer): Promise<void> {
    try {
      this.#bridge ??= this.#load();
      const bridge = await this.#bridge;
      bridge.emit('upgrade', session.incoming, session.socket, head);
    } catch (error) {
      session.report(error, 500);
      session.socket.destroy();
    }
  }

  /** node-server attaches its WebSocket part to a server: this one only passes the event on. */
  async #load(): Promise<EventEmitter> {
    const { WebSocketServer } = await import('ws');
    const maxPayload = this.#host.limits.bodyBytes;
    const sockets = new WebSocketServer({ noServer: true, clientTracking: false, maxPayload });
    sockets.on('connection', (webSocket: WebSocket, incoming: http.IncomingMessage) => {
      this.#sessions.get(incoming)?.accept(webSocket);
    });
    const bridge = new EventEmitter();
    createAdaptorServer({
      fetch: (request, env) => this.#fetch(request, env),
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- all it does is listen to events
      createServer: (() => bridge) as unknown as typeof http.createServer,
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the class it is written for
      websocket: { server: sockets as never },
    });
    return bridge;
  }

  async #fetch(request: Request, env: object): Promise<Response> {
    const incoming: unknown = Reflect.get(env, 'incoming');
    const session = incoming instanceof http.IncomingMessage && this.#sessions.get(incoming);
    if (session === undefined || session === false) return new Response(null, { status: 500 });
    const before = Object.getOwnPropertySymbols(env).length;
    const response = await session.call(this.#handler, request, env);
    // upgradeWebSocket leaves a mark on `env`; without one nobody waits for the WebSocket.
    const isWanted = Object.getOwnPropertySymbols(env).length > before;
    if (isWanted) return response;
    const status = response.status < 400 ? REFUSALS.noUpgrade.status : response.status;
    session.refused(status);
    return new Response(null, { status, headers: { 'x-request-id': session.requestId } });
  }
}

function refuse(session: Session, error: PublicError): void {
  session.refused(error.status);
  session.socket.end(raw(error));
}

function ignore(): void {
  // What ends a WebSocket's connection is told by its close event.
}
