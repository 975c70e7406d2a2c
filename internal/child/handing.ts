/** Connections on their way to a worker: kept until it says that it has them. */

import type { ChildProcess } from 'node:child_process';
import type net from 'node:net';

import { wrap } from './message.js';

/** Before a connection for a worker that has ended is given back, in milliseconds. */
const AGAIN_MS = 20;

export class Handing {
  readonly #child: ChildProcess | undefined;
  readonly #onReturned: (socket: net.Socket) => void;
  readonly #underway = new Map<number, net.Socket>();
  #last = 0;
  #isOver = false;

  /** `onReturned` is given what was under way when the worker ended; default: it is closed. */
  constructor(
    child: ChildProcess | undefined,
    onReturned: ((socket: net.Socket) => void) | undefined,
  ) {
    this.#child = child;
    this.#onReturned = onReturned ?? ((socket) => socket.destroy());
  }

  give(socket: net.Socket): void {
    if (this.#isOver) {
      // Whoever gave it has not heard of the end yet, and would give it to this very worker again.
      setTimeout(() => this.#onReturned(socket), AGAIN_MS);
      return;
    }
    this.#last += 1;
    const id = this.#last;
    this.#underway.set(id, socket);
    if (this.#child?.connected !== true) return;
    // Kept open here: Node would close our copy with its own word of receipt, which never comes from a
    // worker that is killed.
    const message = wrap({ type: 'connection', id });
    this.#child.send(message, socket, { keepOpen: true }, () => undefined);
  }

  /** The worker has it: our copy goes, the connection stays. */
  taken(id: number): void {
    this.#underway.get(id)?.destroy();
    this.#underway.delete(id);
  }

  /** The worker has ended, and nothing more will be heard of it. */
  end(): void {
    this.#isOver = true;
    const returned = [...this.#underway.values()].filter((socket) => !socket.destroyed);
    this.#underway.clear();
    for (const socket of returned) this.#onReturned(socket);
  }
}

/**
 * Calls `onGarbage` when something comes over Node's channel that is no JSON. Node reads the channel
 * where nobody can catch what it throws, so its reader itself is wrapped; a Node that keeps it elsewhere
 * is left as it is. What Node understands of the channel after that is anybody's guess.
 */
export function guardChannel(child: ChildProcess, onGarbage: () => void): void {
  const key = Object.getOwnPropertySymbols(child).find(
    ({ description }) => description === 'kChannelHandle',
  );
  const handle: unknown = key === undefined ? undefined : Reflect.get(child, key);
  const read: unknown = handle instanceof Object ? Reflect.get(handle, 'onread') : undefined;
  if (!(handle instanceof Object) || typeof read !== 'function') return;
  Reflect.set(handle, 'onread', (...chunk: readonly unknown[]): void => {
    try {
      Reflect.apply(read, handle, chunk);
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      onGarbage();
    }
  });
}
