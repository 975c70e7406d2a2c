/** The file of a worker's log: appended to, rotated by size, found again after somebody renamed it. */

import fs from 'node:fs';

import * as clock from '../clock/index.js';
import * as errors from '../errors/index.js';
import * as log from '../log/index.js';

/** Bytes of a full file, and how many full ones are kept. Source: R-SUP-26. */
const SIZE_BYTES = 50 * 1024 * 1024;
const KEEP = 10;
/** How often (ms) the file is compared with its name: others rotate and remove too. */
const CHECK_MS = 1000;

/** A file that lines are appended to, at once. After the constructor nothing throws. */
export class LogFile {
  readonly path: string;
  #fd: number;
  #inode = 0;
  #sizeBytes = 0;
  #checkedAt = 0;

  /** @throws RodentError FILE when the file, or its folder, cannot be made. */
  constructor(path: string) {
    this.path = path;
    try {
      this.#fd = log.openFile(path);
    } catch (cause) {
      const detail = `Cannot write the log file "${path}": ${errors.describe(cause)}.`;
      throw new errors.RodentError(detail, { code: 'FILE', contextData: { path }, cause });
    }
    this.#inspect();
  }

  /** Writes `text` (whole lines); a full disk loses it, and never ends the worker. */
  write(text: string): void {
    if (this.#fd === -1) return;
    const bytes = Buffer.from(text);
    this.#prepare(bytes.length);
    try {
      let rest = bytes;
      while (rest.length > 0) rest = rest.subarray(fs.writeSync(this.#fd, rest));
      this.#sizeBytes += bytes.length;
    } catch {
      // There is nowhere else to say so: in the background this file is all there is.
    }
  }

  close(): void {
    if (this.#fd !== -1) fs.closeSync(this.#fd);
    this.#fd = -1;
  }

  #prepare(bytes: number): void {
    const now = clock.monotonicMs();
    const isFull = this.#sizeBytes > 0 && this.#sizeBytes + bytes > SIZE_BYTES;
    if (this.#inode === 0 || (now - this.#checkedAt < CHECK_MS && !isFull)) return;
    this.#checkedAt = now;
    try {
      const inode = fs.statSync(this.path, { throwIfNoEntry: false })?.ino ?? 0;
      if (isFull && inode === this.#inode) log.shift(this.path, KEEP);
      if (isFull || inode !== this.#inode) this.#reopen();
    } catch {
      // What cannot be rotated goes on growing, until the next look.
    }
  }

  #reopen(): void {
    const fd = log.openFile(this.path);
    fs.closeSync(this.#fd);
    this.#fd = fd;
    this.#inspect();
  }

  /** A device at the path has no identity: it is never compared and never rotated. */
  #inspect(): void {
    const stat = fs.fstatSync(this.#fd);
    this.#inode = stat.isFile() ? stat.ino : 0;
    this.#sizeBytes = stat.size;
    this.#checkedAt = clock.monotonicMs();
  }
}
