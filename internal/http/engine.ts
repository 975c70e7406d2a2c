/** The parts of a server at work together: connections, exchanges, limits, health, drain. */

import type http from 'node:http';
import type net from 'node:net';

import type * as context from '../context/index.js';
import type { Run } from './adapter.js';
import { createAdapter } from './adapter.js';
import type { EndKind, RequestEnd } from './cause.js';
import { createEnds } from './cause.js';
import { refuse } from './client-error.js';
import { Connections, connectionOf } from './connections.js';
import { Deadlines } from './deadline.js';
import type { DrainOptions, DrainReport } from './drain.js';
import { Drain } from './drain.js';
import type { Exchange } from './exchange.js';
import { Gate } from './gate.js';
import type { Check } from './health.js';
import { Health } from './health.js';
import * as inFlight from './in-flight.js';
import type { Incoming } from './incoming.js';
import { Ledger } from './ledger.js';
import type { Limits } from './limits.js';
import { DEFAULT_LIMITS, apply } from './limits.js';
import type { Listener } from './listener.js';
import type { NodeServer } from './node-http.js';
import * as nodeHttp from './node-http.js';
import type { Life, OpenOptions } from './options.js';
import { Queue } from './queue.js';
import type { ErrorInfo, InFlight } from './record.js';
import { createRequestIds } from './request-id.js';
import { childOf } from './request-log.js';
import type { Server, Stats } from './serving.js';
import type { Session } from './session.js';
import type { UpgradeHost } from './upgrade.js';
import { Upgrades } from './upgrade.js';

export class Engine implements Server, UpgradeHost {
  readonly url: string;
  readonly listener: Listener;
  readonly root: context.Context;
  readonly ends: Readonly<Record<EndKind, RequestEnd>> = createEnds();
  readonly connections: Connections;
  readonly active: Queue<Exchange> = new Queue();
  readonly upgrades: Upgrades;
  limits: Limits;
  isDraining = false;
  readonly #life: Life;
  readonly #options: OpenOptions;
  readonly #server: NodeServer;
  readonly #run: Run;
  readonly #health: Health;
  readonly #deadlines: Deadlines;
  readonly #gate: Gate;
  readonly #ledger: Ledger;
  readonly #takeId: (given: string | string[] | undefined) => string = createRequestIds();
  #drain: Drain | undefined;
  #drained: Promise<DrainReport> | undefined;

  constructor(life: Life, options: OpenOptions) {
    const { listener, tls, handler } = options;
    this.#life = life;
    this.#options = options;
    this.listener = listener;
    this.root = life.ctx;
    this.limits = { ...DEFAULT_LIMITS, ...options.limits };
    this.url = tls === undefined ? listener.url : listener.url.replace('http:', 'https:');
    this.connections = new Connections((connection) => {
      if (connection.active > 0) process.nextTick(() => this.#settle(connection.socket));
      this.#drain?.check();
    });
    this.upgrades = new Upgrades(this, handler);
    this.#run = createAdapter(handler, `${listener.host}:${listener.port}`);
    this.#health = new Health(options.health ?? {});
    this.#deadlines = new Deadlines(this.active, this.limits.deadlineMs);
    this.#gate = new Gate(this.limits.concurrency);
    this.#ledger = new Ledger(options);
    this.#server = nodeHttp.create(this.limits, tls);
    this.#listen(this.#server, tls !== undefined);
  }

  async start(): Promise<void> {
    await nodeHttp.serve(this.#server, this.listener, this.#options.backlog ?? 511);
  }

  stats(): Stats {
    const { requests, failed, aborted, malformed, bytesOut } = this.#ledger;
    return {
      requests,
      failed,
      aborted,
      malformed,
      bytesOut,
      active: this.active.size - this.#gate.waiting,
      waiting: this.#gate.waiting,
      webSockets: this.upgrades.size,
      connections: this.connections.size,
    };
  }

  inFlight(): readonly InFlight[] {
    const requests = Array.from(this.active, (exchange) => inFlight.ofExchange(exchange));
    return [...requests, ...Array.from(this.upgrades.sessions, inFlight.ofSession)];
  }

  overdue(): readonly InFlight[] {
    return this.#deadlines.overdue().map(inFlight.ofExchange);
  }

  setLimits(limits: Partial<Limits>): void {
    this.limits = { ...this.limits, ...limits };
    apply(this.#server, this.limits);
    this.#gate.setLimit(this.limits.concurrency);
    this.#deadlines.setLimit(this.limits.deadlineMs);
  }

  adopt(socket: net.Socket, how: 'accepted' | 'plain'): void {
    const isSecured = this.#options.tls !== undefined && how === 'plain';
    this.#server.emit(isSecured ? 'secureConnection' : 'connection', socket);
  }

  registerCheck(name: string, check: Check): () => void {
    return this.#health.register(name, check);
  }

  drain(ctx: context.Context, options?: DrainOptions): Promise<DrainReport> {
    if (this.#drained === undefined) {
      this.#drain = new Drain(this, { ...this.#options.drain, ...options });
      this.#drained = this.#drain.run(ctx);
    }
    return this.#drained;
  }

  close(): void {
    this.isDraining = true;
    this.#deadlines.stop();
    this.cutAll();
    // This also stops the timer that looks for overdue requests.
    this.#server.close();
  }

  leave(): void {
    this.isDraining = true;
    nodeHttp.closeListener(this.#server);
  }

  cutAll(): void {
    for (const exchange of this.active) exchange.cut();
    for (const session of this.upgrades.sessions) session.cut();
    for (const { socket } of this.connections) socket.destroy();
  }

  get databases(): OpenOptions['databases'] {
    return this.#options.databases;
  }

  logOf(requestId: string): ReturnType<typeof childOf> {
    return childOf(this.#options.logger, requestId);
  }

  bodyBytes(method: string, path: string): number {
    return this.#options.bodyLimit?.(method, path) ?? this.limits.bodyBytes;
  }

  nextRequestId(incoming: http.IncomingMessage): string {
    return this.#takeId(incoming.headers['x-request-id']);
  }

  report(error: unknown, info: ErrorInfo): void {
    this.#ledger.report(error, info);
  }

  answering(exchange: Exchange): void {
    this.#drain?.began(exchange);
  }

  closed(exchange: Exchange): void {
    const { peer } = exchange;
    if (peer !== undefined) peer.active -= 1;
    if (this.active.delete(exchange)) {
      this.#gate.leave(exchange);
      this.#ledger.exchange(exchange, peer?.ip ?? '');
    }
    this.#drain?.check();
  }

  recordSession(session: Session, status: number): void {
    this.#ledger.session(session, status, connectionOf(session.socket)?.ip ?? '');
  }

  #listen(server: NodeServer, isTls: boolean): void {
    if (isTls) {
      server.on('connection', (socket) => this.connections.addHandshake(socket));
      server.on('secureConnection', (socket) => this.connections.addSecure(socket));
    } else server.on('connection', (socket) => this.connections.add(socket));
    server.on('request', (incoming, exchange) => this.#take(incoming, exchange, false));
    server.on('checkContinue', (incoming, exchange) => this.#take(incoming, exchange, true));
    server.on('upgrade', (incoming, _socket, head) => {
      const connection = connectionOf(incoming.socket);
      if (connection !== undefined) connection.isUpgraded = true;
      this.upgrades.handle(incoming, incoming.socket, head);
    });
    server.on('clientError', (error, socket) => {
      if (refuse(error, socket, this.active)) this.#ledger.malformed += 1;
    });
  }

  #take(incoming: Incoming, exchange: Exchange, isWaiting: boolean): void {
    const peer = connectionOf(incoming.socket);
    exchange.begin(this, this.#takeId(incoming.headers['x-request-id']), peer);
    if (peer !== undefined) {
      peer.active += 1;
      peer.requests += 1;
    }
    if (this.#health.matches(incoming.url ?? '', incoming.method ?? '')) {
      void this.#health.answer(exchange, {
        phase: this.#life.phase,
        isDraining: this.#drained !== undefined,
        isReplaced: this.#options.drain?.isShared ?? false,
      });
      return;
    }
    this.active.add(exchange);
    const length = incoming.headers['content-length'];
    if (length !== undefined && !exchange.admits(Number(length))) return;
    if (isWaiting) exchange.writeContinue();
    this.#deadlines.watch();
    if (this.limits.concurrency === 0) this.#run(incoming, exchange);
    else this.#gate.admit(exchange, () => this.#run(incoming, exchange));
  }

  /** Answers that waited behind another on a connection that is gone: Node tells them nothing. */
  #settle(socket: net.Socket): void {
    for (const exchange of this.active) if (exchange.peer?.socket === socket) exchange.settle();
  }
}
