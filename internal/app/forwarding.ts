/** Connections that the supervisor accepts although it only holds the socket, handed to its workers. */

import type net from 'node:net';

import type * as child from '../child/index.js';
import type { Hiring } from './hiring.js';

/**
 * Only where this Node cannot bind without accepting (ADR 0006): the supervisor accepts all connections
 * then, and each goes to the next worker in turn, or waits until there is one.
 */
export class Forwarding {
  readonly #hiring: Hiring;
  readonly #workers: () => readonly child.WorkerStatus[];
  readonly #waiting: net.Socket[] = [];
  #turn = 0;

  constructor(hiring: Hiring, workers: () => readonly child.WorkerStatus[]) {
    this.#hiring = hiring;
    this.#workers = workers;
  }

  /** Takes a connection that was accepted, paused. */
  take(socket: net.Socket): void {
    // Whoever waits and leaves is no fault of ours.
    socket.on('error', () => undefined);
    this.#waiting.push(socket);
    this.flush();
  }

  /** Hands on what waits, if somebody serves. */
  flush(): void {
    if (this.#waiting.length === 0) return;
    const serving = this.#workers().filter(({ state, isSpare }) => state === 'RUNNING' && !isSpare);
    if (serving.length === 0) return;
    for (const socket of this.#waiting.splice(0)) {
      this.#turn = (this.#turn + 1) % serving.length;
      this.#hiring.give(serving[this.#turn]?.pid, socket);
    }
  }
}
