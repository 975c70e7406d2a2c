/** The file of a worker's log: appended to, rotated by size, found again after somebody renamed it. */

import fs from 'node:fs';

import * as errors from '../errors/index.js';
import * as log from '../log/index.js';

/** When a file is full, and how many full ones are kept. Source: R-SUP-26. */
const ROTATION: log.RotateOptions = { sizeBytes: 50 * 1024 * 1024, keep: 10 };

/** A file that lines are appended to, at once. After the constructor nothing throws. */
export class LogFile {
  readonly path: string;
  readonly #file: log.LogFile;
  #isOpen = true;

  /** @throws RodentError FILE when the file, or its folder, cannot be made. */
  constructor(path: string) {
    this.path = path;
    try {
      // There is nowhere else to say what goes wrong: in the background this file is all there is.
      this.#file = new log.LogFile(path, ROTATION, () => undefined);
    } catch (cause) {
      const detail = `Cannot write the log file "${path}": ${errors.describe(cause)}.`;
      throw new errors.RodentError(detail, { code: 'FILE', contextData: { path }, cause });
    }
  }

  /** Writes `text` (whole lines); a full disk loses it, and never ends the worker. */
  write(text: string): void {
    if (!this.#isOpen) return;
    let rest = Buffer.from(text);
    this.#file.prepare(rest.length);
    try {
      while (rest.length > 0) {
        const bytes = fs.writeSync(this.#file.fd, rest);
        this.#file.wrote(bytes);
        rest = rest.subarray(bytes);
      }
    } catch {
      // As above.
    }
  }

  close(): void {
    if (this.#isOpen) this.#file.close();
    this.#isOpen = false;
  }
}
