/** One upgraded connection: its request, its context, and the WebSocket it became. */

import type http from 'node:http';
import type net from 'node:net';

import type { WebSocket } from 'ws';

import * as clock from '../clock/index.js';
import * as context from '../context/index.js';
import type { Handler } from './adapter.js';
import type { EndKind } from './cause.js';
import type { Env } from './env.js';
import type { Exchange } from './exchange.js';
import type { Surroundings } from './host.js';
import type { AbortedBy } from './record.js';
import { toPublic } from './reply.js';
import { pathOf } from './target.js';

/** How long a refused client may keep its connection, in milliseconds. */
const LINGER_MS = 1_000;

interface SessionHost extends Surroundings<Exchange> {
  nextRequestId(incoming: http.IncomingMessage): string;
  recordSession(session: Session, status: number): void;
}

export class Session {
  readonly incoming: http.IncomingMessage;
  readonly socket: net.Socket;
  readonly requestId: string;
  readonly startedMs: number = clock.monotonicMs();
  webSocket: WebSocket | undefined = undefined;
  aborted: AbortedBy | undefined = undefined;
  readonly #host: SessionHost;
  #ctx: context.CancelContext | undefined = undefined;
  #isRecorded = false;

  constructor(host: SessionHost, incoming: http.IncomingMessage, socket: net.Socket) {
    this.#host = host;
    this.incoming = incoming;
    this.socket = socket;
    this.requestId = host.nextRequestId(incoming);
  }

  get method(): string {
    return this.incoming.method ?? 'GET';
  }

  get path(): string {
    return pathOf(this.incoming.url);
  }

  get ageMs(): number {
    return clock.monotonicMs() - this.startedMs;
  }

  /** Lives as long as the WebSocket. */
  get ctx(): context.Context {
    this.#ctx ??= context.withCancel(this.#host.root);
    if (this.socket.destroyed) this.end();
    return this.#ctx;
  }

  cancel(kind: EndKind): void {
    this.#ctx?.cancel(this.#host.ends[kind]);
  }

  /** Runs `handler`, which finds the usual members in `env`; a fault becomes a 500. */
  async call(handler: Handler, request: Request, env: object): Promise<Response> {
    Object.defineProperties(env, {
      ctx: { get: () => this.ctx },
      requestId: { value: this.requestId },
      log: { get: () => this.#host.logOf(this.requestId) },
      recover: { value: (error: unknown) => this.recover(error) },
    });
    // node-server's Request for an upgrade has a signal that nothing aborts.
    Object.defineProperty(request, 'signal', { get: () => this.ctx.signal });
    try {
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- completed above
      return await handler(request, env as Env);
    } catch (error) {
      return this.recover(error);
    }
  }

  recover(error: unknown): Response {
    const { status } = toPublic(error);
    this.report(error, status);
    return new Response(null, { status });
  }

  report(error: unknown, status: number): void {
    const { requestId, method, path } = this;
    this.#host.report(error, { requestId, method, path, status });
  }

  accept(webSocket: WebSocket): void {
    this.webSocket = webSocket;
    this.#record(101);
  }

  /** The answer is no: it has been or is being sent. */
  refused(status: number): void {
    this.#record(status);
    const timer = setTimeout(() => this.socket.destroy(), LINGER_MS);
    this.socket.once('close', () => clearTimeout(timer));
    this.socket.resume();
  }

  /** The connection is gone. */
  end(): void {
    if (this.webSocket === undefined) this.aborted ??= 'client';
    this.cancel(this.aborted === 'drain' ? 'cut' : 'client-gone');
    this.#record(499);
  }

  cut(): void {
    this.aborted ??= 'drain';
    this.socket.destroy();
  }

  #record(status: number): void {
    if (this.#isRecorded) return;
    this.#isRecorded = true;
    this.#host.recordSession(this, status);
  }
}
