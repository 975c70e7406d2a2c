/**
 * Leaving without dropping a request.
 *
 * Source: design section 2, "draining is lame-duck": Node's own close() also cuts idle keep-alive
 * connections under the client, which loses the requests that are on their way.
 */

import { setImmediate as turn } from 'node:timers/promises';

import * as clock from '../clock/index.js';
import * as context from '../context/index.js';
import type { Connections } from './connections.js';
import type { Exchange } from './exchange.js';
import type { Listener } from './listener.js';
import type { InFlight } from './record.js';
import type { Upgrades } from './upgrade.js';

/** Time limits of a drain, in milliseconds. */
export interface DrainOptions {
  /** How long idle connections may still ask for something. Default: 250; for a reload take 3 000. */
  readonly idleMs?: number;
  /** How long event streams and WebSockets may go on after they were told. Default: 1 000. */
  readonly streamMs?: number;
  /** Whether other processes accept on the same socket and go on. Default: false. */
  readonly isShared?: boolean;
}

/** What a drain left behind. */
export interface DrainReport {
  /** Requests that were cut when the time was over. */
  readonly cut: readonly InFlight[];
}

/** A half-sent request that has been silent for this long, in milliseconds, is not on its way. */
const HALF_SENT_MS = 50;

/** Turns of the event loop without a new connection: the kernel's queue is empty. */
const QUIET_TURNS = 2;
/** How long to look for such turns: somebody may connect all the time. Both must be exceeded. */
const ACCEPT_MS = 100;
const ACCEPT_TURNS = 128;

/** What a drain works on. */
export interface Drainable {
  readonly connections: Connections;
  readonly active: Iterable<Exchange>;
  readonly upgrades: Upgrades;
  readonly listener: Pick<Listener, 'shortenQueue'>;
  /** Closes the listening socket and nothing else; from now on every answer ends its connection. */
  leave(): void;
  inFlight(): readonly InFlight[];
  /** Ends everything at once. */
  cutAll(): void;
}

export class Drain {
  readonly #target: Drainable;
  readonly #idleMs: number;
  readonly #streamMs: number;
  readonly #isShared: boolean;
  readonly #timers = new Set<NodeJS.Timeout>();
  #hasLeft = false;
  #isIdleTimeOver = false;
  #areStreamsOver = false;
  #finish: (report: DrainReport) => void = () => undefined;

  constructor(target: Drainable, options: DrainOptions) {
    this.#target = target;
    this.#idleMs = options.idleMs ?? 250;
    this.#streamMs = options.streamMs ?? 1_000;
    this.#isShared = options.isShared ?? false;
  }

  /** Resolves when every connection is closed, or has been cut because `ctx` was done. */
  async run(ctx: context.Context): Promise<DrainReport> {
    const done = new Promise<DrainReport>((resolve) => {
      this.#finish = resolve;
    });
    const stop = context.afterFunc(ctx, () => this.#cut());
    await this.#acceptQueued();
    this.#leave();
    this.#after(this.#idleMs, () => this.#closeIdle());
    this.#after(this.#streamMs, () => this.#closeStreams());
    this.#watchHalfSent();
    this.check();
    const report = await done;
    stop();
    for (const timer of this.#timers) clearTimeout(timer);
    return report;
  }

  /** To be called after each connection and each answer that ended. */
  check(): void {
    if (this.#hasLeft && this.#target.connections.size === 0) this.#finish({ cut: [] });
    else if (this.#isIdleTimeOver) setImmediate(() => this.#closeIdleNow());
  }

  /** To be called when an answer begins: a stream that begins late is told like the others. */
  began(exchange: Exchange): void {
    if (!exchange.isStream) return;
    exchange.ask();
    if (this.#areStreamsOver) exchange.stop();
  }

  /**
   * Closing resets the connections that the kernel has completed and nobody has accepted, unless
   * another process holds the socket too; so they are accepted first, and Node accepts one in a turn.
   * Where nobody else does, the queue is shortened meanwhile: the kernel then ignores who else wants to
   * connect, and refuses them when they try again.
   * Answers say `Connection: close` only after that: a pool of clients told so would connect again at
   * once, and fill the queue that is being emptied.
   */
  async #acceptQueued(): Promise<void> {
    const { connections } = this.#target;
    if (!this.#isShared) this.#target.listener.shortenQueue();
    const end = clock.monotonicMs() + ACCEPT_MS;
    let seen = connections.accepted;
    for (let quiet = 0, turns = 0; quiet < QUIET_TURNS; turns += 1) {
      await turn();
      quiet = connections.accepted === seen ? quiet + 1 : 0;
      seen = connections.accepted;
      if (turns > ACCEPT_TURNS && clock.monotonicMs() > end) return;
    }
  }

  #leave(): void {
    if (this.#hasLeft) return;
    this.#hasLeft = true;
    this.#target.leave();
    for (const exchange of this.#target.active) if (exchange.isStream) exchange.ask();
    this.#target.upgrades.tell();
  }

  #after(delayMs: number, action: () => void): void {
    this.#timers.add(setTimeout(action, delayMs));
  }

  #closeIdle(): void {
    this.#isIdleTimeOver = true;
    // What has arrived meanwhile is read first: timers run before the sockets' turn.
    setImmediate(() => this.#closeIdleNow());
  }

  #closeIdleNow(): void {
    for (const connection of this.#target.connections) {
      if (!connection.isBusy) connection.socket.destroySoon();
    }
  }

  #watchHalfSent(): void {
    const before = new Map(
      [...this.#target.connections]
        .filter((connection) => connection.isHalfSent)
        .map((connection) => [connection, connection.socket.bytesRead]),
    );
    if (before.size === 0) return;
    this.#after(HALF_SENT_MS, () => {
      for (const [connection, bytes] of before) {
        const isSilent = connection.isHalfSent && connection.socket.bytesRead === bytes;
        if (isSilent) connection.socket.destroy();
      }
    });
  }

  #closeStreams(): void {
    this.#areStreamsOver = true;
    for (const exchange of this.#target.active) if (exchange.isStream) exchange.stop();
    this.#target.upgrades.close();
  }

  #cut(): void {
    const cut = this.#target.inFlight();
    this.#leave();
    this.#target.cutAll();
    this.#finish({ cut });
  }
}
