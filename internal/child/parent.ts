/** The worker's own side: what it was told to be, and how it speaks with its parent. */

import fs from 'node:fs';
import net from 'node:net';

import * as deferred from '../deferred/index.js';
import * as errors from '../errors/index.js';
import { openChannel } from './channel.js';
import type { Channel } from './channel.js';
import type { Order, Word } from './message.js';
import { DESCRIPTORS, isOf, unwrap, VARIABLE } from './message.js';
import type { StopReason, Vitals } from './process.js';

/** A worker's parent. */
export interface Parent {
  /** The parent's process id. */
  readonly pid: number;
  /** Resolves with what the parent passed as `boot`. */
  readonly boot: Promise<unknown>;
  /** Resolves when a worker that stands by is needed, with the name of its place if it has one. */
  readonly activated: Promise<string | undefined>;
  /** Resolves when the parent has asked for the end. */
  readonly stop: Promise<StopReason>;
  /** Resolves when the parent has gone, however it went. */
  readonly lost: Promise<void>;
  /** Descriptor for the watchdog's words. */
  readonly watchdogFd: number;
  /** The descriptor that the parent passed on at `index`. */
  inherited(index: number): number;
  /** Calls `fn` for everything that the parent tells, also what it told before. */
  onTell(fn: (value: unknown) => void): void;
  /** Calls `fn` for every connection that the parent hands over, also for those that came before. */
  onConnection(fn: (socket: net.Socket) => void): void;
  ready(info?: unknown): void;
  /** Says why the worker cannot stand; it must end after it. */
  failed(error: unknown): void;
  beat(vitals: Vitals): void;
  /** Says that the worker ends of its own accord; ignored once the parent has asked for it. */
  leaving(why: string): void;
  tell(value: unknown): void;
  /** From now on the process may end although its parent lives: it is all that keeps it alive. */
  release(): void;
}

/** What stands in the parent's log must be a sentence, not a book. */
const DETAIL_CHARS = 16_384;

/**
 * Returns this worker's parent; undefined for a process that nobody of ours started. Call it once: what
 * it finds in `env` it takes out, so that programs started from here find nothing.
 */
export function parent(env: NodeJS.ProcessEnv = process.env): Parent | undefined {
  const isWorker = env[VARIABLE] === String(DESCRIPTORS.words);
  delete env[VARIABLE];
  if (!isWorker || !isSocket(DESCRIPTORS.words) || !isSocket(DESCRIPTORS.orders)) return undefined;
  return new Line();
}

function isSocket(fd: number): boolean {
  try {
    return fs.fstatSync(fd).isSocket();
  } catch {
    // Not open: the variable came to a program that it was not meant for.
    return false;
  }
}

type Handed = Order & { readonly type: 'connection' };

class Line implements Parent {
  readonly pid: number = process.ppid;
  readonly watchdogFd: number = DESCRIPTORS.watchdog;
  readonly #boot = deferred.create<unknown>();
  readonly #activated = deferred.create<string | undefined>();
  readonly #stop = deferred.create<StopReason>();
  readonly #channel: Channel;
  readonly #told: unknown[] = [];
  readonly #handed: net.Socket[] = [];
  #hear: (value: unknown) => void = (value) => void this.#told.push(value);
  #take: (socket: net.Socket) => void = (socket) => void this.#handed.push(socket);
  #isAsked = false;

  constructor() {
    this.#channel = openChannel(
      {
        reading: new net.Socket({ fd: DESCRIPTORS.orders, readable: true, writable: false }),
        writing: new net.Socket({ fd: DESCRIPTORS.words, readable: false, writable: true }),
      },
      { onMessage: (order) => this.#obey(order) },
    );
    // Only a worker that is given connections has it.
    if (process.channel === undefined) return;
    process.on('message', (value, handle) => {
      const order = unwrap(value);
      if (isOf<Handed>(order, ['connection'])) this.#accept(order.id, handle);
    });
  }

  get boot(): Promise<unknown> {
    return this.#boot.promise;
  }

  get activated(): Promise<string | undefined> {
    return this.#activated.promise;
  }

  get stop(): Promise<StopReason> {
    return this.#stop.promise;
  }

  get lost(): Promise<void> {
    return this.#channel.closed;
  }

  inherited(index: number): number {
    return DESCRIPTORS.first + index;
  }

  onTell(fn: (value: unknown) => void): void {
    this.#hear = fn;
    for (const value of this.#told.splice(0)) fn(value);
  }

  onConnection(fn: (socket: net.Socket) => void): void {
    this.#take = fn;
    for (const socket of this.#handed.splice(0)) fn(socket);
  }

  ready(info?: unknown): void {
    this.#channel.send({ type: 'ready', info });
  }

  failed(error: unknown): void {
    this.#channel.send(failure(error));
  }

  beat(vitals: Vitals): void {
    this.#channel.send({ type: 'beat', vitals });
  }

  leaving(why: string): void {
    if (!this.#isAsked) this.#channel.send({ type: 'leaving', why });
  }

  tell(value: unknown): void {
    this.#channel.send({ type: 'tell', value });
  }

  release(): void {
    this.#channel.release();
    process.channel?.unref();
  }

  #accept(id: number, handle: unknown): void {
    this.#channel.send({ type: 'taken', id });
    // Its client may have gone on the way.
    if (handle instanceof net.Socket) this.#take(handle);
  }

  #obey(order: unknown): void {
    if (!isOf<Exclude<Order, Handed>>(order, ['boot', 'activate', 'stop', 'tell'])) return;
    switch (order.type) {
      case 'boot':
        this.#boot.resolve(order.value);
        return;
      case 'activate':
        this.#activated.resolve(order.name);
        return;
      case 'stop':
        this.#isAsked = true;
        this.#stop.resolve(order.reason);
        return;
      case 'tell':
        this.#hear(order.value);
    }
  }
}

function failure(error: unknown): Word {
  const code = errors.isRodentError(error) ? error.code : 'START_FAILED';
  return { type: 'failed', detail: errors.describe(error).slice(0, DETAIL_CHARS), code };
}
