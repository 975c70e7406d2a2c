/** A file that a program's output is appended to, rotated by size between two lines. */

import fs from 'node:fs';

import * as clock from '../clock/index.js';
import * as errors from '../errors/index.js';
import * as log from '../log/index.js';
import type { Rotation } from './definition.js';

/** Hears, in one sentence each, what goes wrong with a file; once until it goes well again. */
export type OnProblem = (detail: string, cause: unknown) => void;

/** How often (ms) a file that is written is compared with its name: others rotate and remove too. */
const CHECK_MS = 1_000;
/** How long (ms) a rotation that failed is not tried again. */
const AGAIN_MS = 60_000;
const NEWLINE = 10;

/**
 * Appends chunks as they come, at once: nothing waits in memory. `NAME` becomes `NAME.1`, that `NAME.2`,
 * and the oldest goes. After the constructor nothing throws: what cannot be written is dropped and told,
 * since a full disk must not end a program.
 *
 * Source: R-SUP-26.
 */
export class Appender {
  readonly path: string;
  readonly #rotation: Rotation;
  readonly #onProblem: OnProblem;
  #fd: number;
  #inode = 0;
  #sizeBytes = 0;
  #checkedAt = 0;
  #rotateAfter = 0;
  #endsLine = true;
  #isClosed = false;
  #hasTold = false;

  /** @throws RodentError FILE when the file cannot be opened for appending. */
  constructor(file: string, rotation: Rotation, onProblem: OnProblem) {
    this.path = file;
    this.#rotation = rotation;
    this.#onProblem = onProblem;
    try {
      this.#fd = openFile(file);
    } catch (cause) {
      const detail = `Cannot write the log file "${file}": ${errors.describe(cause)}.`;
      throw new errors.RodentError(detail, { code: 'FILE', contextData: { file }, cause });
    }
    this.#inspect();
  }

  write(chunk: Buffer): void {
    if (this.#isClosed) return;
    const now = clock.monotonicMs();
    if (this.#endsLine && now - this.#checkedAt >= CHECK_MS) this.#check(now);
    for (let rest = chunk; rest.length > 0;) {
      const part = this.#next(rest, now);
      this.#put(part);
      rest = rest.subarray(part.length);
    }
  }

  /** Opens the file under its name again, after somebody renamed it. */
  reopen(): void {
    if (this.#isClosed) return;
    try {
      const fd = openFile(this.path);
      fs.closeSync(this.#fd);
      this.#fd = fd;
      this.#inspect();
    } catch (error) {
      this.#tell(`Cannot reopen the log file "${this.path}": ${errors.describe(error)}.`, error);
    }
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    fs.closeSync(this.#fd);
  }

  /** The part of `rest` that goes into the present file; rotates first where that is due. */
  #next(rest: Buffer, now: number): Buffer {
    const { sizeBytes } = this.#rotation;
    if (!this.#isFull(rest.length) || now < this.#rotateAfter) return rest;
    if (this.#endsLine && this.#sizeBytes > 0) this.#rotate(now);
    if (!this.#isFull(rest.length) || now < this.#rotateAfter) return rest;
    const room = sizeBytes - this.#sizeBytes;
    const last = room > 0 ? rest.lastIndexOf(NEWLINE, room - 1) : -1;
    const end = last >= 0 ? last : rest.indexOf(NEWLINE);
    return end < 0 ? rest : rest.subarray(0, end + 1);
  }

  #isFull(more: number): boolean {
    const { sizeBytes } = this.#rotation;
    return sizeBytes > 0 && this.#inode !== 0 && this.#sizeBytes + more > sizeBytes;
  }

  #put(bytes: Buffer): void {
    try {
      let rest = bytes;
      while (rest.length > 0) rest = rest.subarray(fs.writeSync(this.#fd, rest));
      this.#hasTold = false;
    } catch (error) {
      const reason = errors.describe(error);
      this.#tell(`Cannot write to the log file "${this.path}": ${reason}; output is lost.`, error);
    }
    this.#sizeBytes += bytes.length;
    this.#endsLine = bytes.at(-1) === NEWLINE;
  }

  /** A device at the path has no identity: it is never compared and never rotated. */
  #inspect(): void {
    const stat = fs.fstatSync(this.#fd);
    this.#inode = stat.isFile() ? stat.ino : 0;
    this.#sizeBytes = stat.size;
    this.#endsLine = true;
    this.#checkedAt = clock.monotonicMs();
  }

  #check(now: number): void {
    this.#checkedAt = now;
    if (this.#inode !== 0 && inodeOf(this.path) !== this.#inode) this.reopen();
  }

  /** Whoever else writes the file may have rotated it already: then it is only opened again. */
  #rotate(now: number): void {
    try {
      if (inodeOf(this.path) === this.#inode) log.shift(this.path, this.#rotation.keep);
      this.reopen();
    } catch (error) {
      this.#rotateAfter = now + AGAIN_MS;
      const reason = errors.describe(error);
      this.#tell(`Cannot rotate the log file "${this.path}": ${reason}; it keeps growing.`, error);
    }
  }

  #tell(detail: string, cause: unknown): void {
    if (this.#hasTold) return;
    this.#hasTold = true;
    this.#onProblem(detail, cause);
  }
}

/** A pipe would wait for a reader in the middle of the supervisor. */
function openFile(file: string): number {
  if (fs.statSync(file, { throwIfNoEntry: false })?.isFIFO() === true) {
    throw new Error('it is a pipe');
  }
  return log.openFile(file);
}

/** 0 when nothing has the name. */
function inodeOf(file: string): number {
  return fs.statSync(file, { throwIfNoEntry: false })?.ino ?? 0;
}
