/** The serving side of the control socket. */

import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import path from 'node:path';
import { setImmediate as immediate, setTimeout as sleep } from 'node:timers/promises';

import * as errors from '../errors/index.js';
import * as answers from './answer.js';
import * as bodies from './body.js';
import * as places from './place.js';
import * as routing from './route.js';

/** What `open` needs of the lifecycle. */
export interface Life {
  registerShutdownHook(name: string, hook: () => Promise<void>): unknown;
}

export interface ControlOptions {
  /** Where the socket stands; see `socketPath`. */
  readonly path: string;
  readonly routes: routing.Routes;
  /** Told of what a route threw that is no RodentError; default: nobody. */
  readonly onError?: (error: unknown, route: string) => void;
  /** `later`: only when `publish` is called; whatever can fail is done by then. Default: `now`. */
  readonly publish?: 'now' | 'later';
  /** How long `close` waits for answers under way; default 2000. */
  readonly drainMs?: number;
}

export interface Control {
  readonly path: string;
  /** Puts the socket in its place, where a predecessor's may stand. @throws RodentError FILE. */
  publish(): void;
  /** Removes the socket if it is still ours and lets answers under way get out. Safe to call again. */
  close(): Promise<void>;
}

/** Limits against clients that stall; each client is local and quick, or broken. */
const LIMITS = {
  headersTimeout: 5000,
  requestTimeout: 10_000,
  keepAliveTimeout: 1000,
  connectionsCheckingInterval: 1000,
  maxHeaderSize: 8192,
} as const;

const CONNECTIONS = 64;

const DRAIN_MS = 2000;

/** How long a client that has connected may take to ask, once the socket closes. */
const ASKING_MS = 200;

/**
 * Serves `routes` at `path` until the shutdown.
 *
 * @throws RodentError FILE, ALREADY_RUNNING.
 * @example
 * await control.open(life, {
 *   path: control.socketPath('/srv/hello/.rodent/run/control.sock'),
 *   routes: {
 *     'GET /status': () => ({ phase: life.phase }),
 *     'POST /stop': () => {
 *       void life.shutdown(cause);
 *       return { stopping: true };
 *     },
 *   },
 * });
 */
export async function open(life: Life, options: ControlOptions): Promise<Control> {
  const desk = new Desk(options);
  await desk.open();
  life.registerShutdownHook('control', () => desk.close());
  if (options.publish !== 'later') desk.publish();
  return { path: desk.path, publish: () => desk.publish(), close: () => desk.close() };
}

/** An answer under way. */
interface Answer {
  readonly done: Promise<void>;
  readonly controller: AbortController;
}

class Desk {
  readonly path: string;
  readonly #options: ControlOptions;
  readonly #server: http.Server;
  readonly #answers = new Set<Answer>();
  #accepted = 0;
  #temporary = '';
  #place: places.Place | undefined;
  #closed: Promise<void> | undefined;

  constructor(options: ControlOptions) {
    this.path = path.resolve(options.path);
    this.#options = options;
    this.#server = http.createServer(LIMITS, (...both) => void this.#attend(...both));
    this.#server.maxConnections = CONNECTIONS;
    this.#server.on('connection', () => (this.#accepted += 1));
  }

  async open(): Promise<void> {
    await places.prepare(this.path);
    this.#temporary = places.temporary(this.path);
    try {
      await once(this.#server.listen({ path: this.#temporary }), 'listening');
    } catch (cause) {
      throw this.#fault(cause);
    }
  }

  publish(): void {
    try {
      this.#place ??= places.publish(this.#temporary, this.path);
    } catch (cause) {
      throw this.#fault(cause);
    }
  }

  #fault(cause: unknown): errors.RodentError {
    // Closing also removes the temporary name: libuv unlinks what it bound.
    this.#server.close();
    const detail = `Cannot open the control socket "${this.path}": ${errors.describe(cause)}.`;
    return new errors.RodentError(detail, { code: 'FILE', cause });
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  /** The place goes first: what connected before it went is in the queue, and nothing comes after. */
  async #close(): Promise<void> {
    try {
      if (this.#place !== undefined) places.remove(this.#place);
    } finally {
      await this.#drain();
    }
  }

  async #drain(): Promise<void> {
    await this.#acceptQueue();
    const closed = once(this.#server, 'close');
    // Only the listener: http.Server.close() also destroys sockets whose answer is ended, though not
    // yet written.
    net.Server.prototype.close.call(this.#server);
    const limitMs = this.#options.drainMs ?? DRAIN_MS;
    const timer = setTimeout(() => this.#server.closeAllConnections(), limitMs);
    for (const { controller } of this.#answers) controller.abort();
    await this.#finishAnswers(closed);
    clearTimeout(timer);
    this.#server.closeAllConnections();
    await closed;
    // Already closed; what this still ends is the timer that looks for stalled clients.
    this.#server.close();
  }

  /** Closing a listener resets who waits in its queue, so the queue is emptied: one client a turn. */
  async #acceptQueue(): Promise<void> {
    let before = -1;
    while (before !== this.#accepted) {
      before = this.#accepted;
      // Two immediates have one whole poll for connections between them.
      await immediate();
      await immediate();
    }
  }

  /** Until no answer is under way and no client is about to ask. */
  async #finishAnswers(closed: Promise<unknown>): Promise<void> {
    do {
      await Promise.all([...this.#answers].map(({ done }) => done));
      await Promise.race([closed, sleep(ASKING_MS, undefined, { ref: false })]);
    } while (this.#answers.size > 0);
  }

  async #attend(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const controller = new AbortController();
    const done = new Promise<void>((resolve) => {
      response.once('close', () => resolve());
    });
    const answer = { done, controller };
    this.#answers.add(answer);
    void this.#answer(request, { response, signal: controller.signal });
    await done;
    controller.abort();
    this.#answers.delete(answer);
  }

  async #answer(
    request: http.IncomingMessage,
    { response, signal }: { response: http.ServerResponse; signal: AbortSignal },
  ): Promise<void> {
    const [pathname = '', query] = (request.url ?? '').split('?', 2);
    const name = `${request.method ?? ''} ${pathname}`;
    try {
      const route = routing.find(this.#options.routes, name);
      const body = await bodies.read(request);
      const asked = { path: pathname, query: new URLSearchParams(query), body, signal };
      await answers.send(response, await route(asked));
    } catch (error) {
      // A client that has gone wants no answer, and its going is no fault of the route.
      if (response.destroyed) return;
      if (!errors.isRodentError(error)) this.#options.onError?.(error, name);
      answers.sendError(response, error);
    }
  }
}
