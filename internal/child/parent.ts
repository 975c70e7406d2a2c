/** The worker's own side: what it was told to be, and how it speaks with its parent. */

import net from 'node:net';

import * as errors from '../errors/index.js';
import { deferred } from './deferred.js';
import type { Order, Word } from './message.js';
import { DESCRIPTORS, isOf, unwrap, wrap } from './message.js';
import type { StopReason, Vitals } from './process.js';

/** A worker's parent. */
export interface Parent {
  /** The parent's process id. */
  readonly pid: number;
  /** Resolves with what the parent passed as `boot`. */
  readonly boot: Promise<unknown>;
  /** Resolves when a worker that stands by is needed. */
  readonly activated: Promise<void>;
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
}

/** What stands in the parent's log must be a sentence, not a book. */
const DETAIL_CHARS = 16_384;

/** Returns this worker's parent; undefined for a process that nobody of ours started. Call it once. */
export function parent(): Parent | undefined {
  return process.send === undefined || !process.connected ? undefined : new Line();
}

class Line implements Parent {
  readonly pid: number = process.ppid;
  readonly watchdogFd: number = DESCRIPTORS.watchdog;
  readonly #boot = deferred<unknown>();
  readonly #activated = deferred<void>();
  readonly #stop = deferred<StopReason>();
  readonly #lost = deferred<void>();
  readonly #told: unknown[] = [];
  readonly #handed: net.Socket[] = [];
  #hear: (value: unknown) => void = (value) => void this.#told.push(value);
  #take: (socket: net.Socket) => void = (socket) => void this.#handed.push(socket);
  #isAsked = false;

  constructor() {
    process.once('disconnect', () => this.#lost.resolve());
    process.on('message', (value, handle) => {
      const order = unwrap(value);
      if (!isOf<Order>(order, ['boot', 'activate', 'stop', 'tell', 'connection'])) return;
      if (order.type !== 'connection') this.#obey(order);
      else this.#accept(order.id, handle);
    });
  }

  get boot(): Promise<unknown> {
    return this.#boot.promise;
  }

  get activated(): Promise<void> {
    return this.#activated.promise;
  }

  get stop(): Promise<StopReason> {
    return this.#stop.promise;
  }

  get lost(): Promise<void> {
    return this.#lost.promise;
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
    say({ type: 'ready', info });
  }

  failed(error: unknown): void {
    say(failure(error));
  }

  beat(vitals: Vitals): void {
    say({ type: 'beat', vitals });
  }

  leaving(why: string): void {
    if (!this.#isAsked) say({ type: 'leaving', why });
  }

  tell(value: unknown): void {
    say({ type: 'tell', value });
  }

  #accept(id: number, handle: unknown): void {
    say({ type: 'taken', id });
    // Its client may have gone on the way.
    if (handle instanceof net.Socket) this.#take(handle);
  }

  #obey(order: Exclude<Order, { readonly type: 'connection' }>): void {
    switch (order.type) {
      case 'boot':
        this.#boot.resolve(order.value);
        return;
      case 'activate':
        this.#activated.resolve();
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

function say(word: Word): void {
  // A parent that has gone hears nothing; `lost` says so.
  if (process.connected) process.send?.(wrap(word), undefined, undefined, () => undefined);
}
