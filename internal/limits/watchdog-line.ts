/** What the watchdog says: one line of JSON each, on the descriptor that it was given. */

import fs from 'node:fs';

import * as errors from '../errors/index.js';

/** A line of the watchdog. */
export type WatchdogLine =
  /** The event loop has been silent for too long; `stack` is where it is, or why that is not known. */
  | { readonly type: 'stuck'; readonly silentMs: number; readonly stack: string }
  /** It has been silent for too long, and a debugger may be what holds it: no judgement. */
  | { readonly type: 'debugged'; readonly silentMs: number }
  /** It moves again; follows each of the others. */
  | { readonly type: 'unstuck' };

/** Writes lines without ever waiting: what the descriptor does not take now goes out with `flush`. */
export class LineWriter {
  readonly #fd: number;
  #rest: Buffer[] = [];

  constructor(fd: number) {
    this.#fd = fd;
  }

  write(line: WatchdogLine): void {
    this.#rest.push(Buffer.from(`${JSON.stringify(line)}\n`));
    this.flush();
  }

  flush(): void {
    try {
      for (let next = this.#rest[0]; next !== undefined; next = this.#rest[0]) {
        const written = fs.writeSync(this.#fd, next);
        if (written < next.length) this.#rest[0] = next.subarray(written);
        else this.#rest.shift();
      }
    } catch (error) {
      // Full: later. Anything else: nobody reads any more, which is noticed elsewhere.
      if (!errors.hasCode(error, 'EAGAIN')) this.#rest = [];
    }
  }
}
