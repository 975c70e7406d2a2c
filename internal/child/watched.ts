/** What the watchdog of a worker says through its own pipe: where the event loop is stuck. */

import type { Readable } from 'node:stream';

import { eachLine } from './lines.js';

export class Watched {
  #stack: string | undefined;
  #isDebugged = false;

  constructor(stream: Readable | undefined) {
    if (stream === undefined) return;
    eachLine(stream, { onLine: (line) => this.#hear(line), onFlood: () => undefined });
  }

  /** The stack of the event loop that stands still; undefined while it turns. */
  get stack(): string | undefined {
    return this.#stack;
  }

  /** Whether somebody debugs it: it stands still on purpose. */
  get isDebugged(): boolean {
    return this.#isDebugged;
  }

  #hear(line: string): void {
    try {
      const said: unknown = JSON.parse(line);
      if (typeof said !== 'object' || said === null || !('type' in said)) return;
      this.#isDebugged = said.type === 'debugged';
      if (said.type === 'unstuck') this.#stack = undefined;
      if (said.type === 'stuck' && 'stack' in said) this.#stack = String(said.stack);
    } catch {
      // Not from the watchdog: the application wrote to a descriptor that it does not own.
    }
  }
}
