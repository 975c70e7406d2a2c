/** A log file that is appended to, rotated by size, and found again after somebody renamed it. */

import fs from 'node:fs';
import path from 'node:path';

import * as clock from '../clock/index.js';
import * as errors from '../errors/index.js';
import { reason } from './problem.js';
import type { OnProblem, Problem } from './problem.js';
import { rotate } from './rotate.js';
import type { Identity, RotateOptions } from './rotate.js';
import type { Target } from './target.js';

/** How often (ms) a file that is written is compared with its name: others rotate and remove too. */
const CHECK_MS = 1_000;
/** How long (ms) a rotation that failed is not tried again. */
const ROTATE_AGAIN_MS = 60_000;
/** Source: R-ROD-22 LogFilePerm. */
const FILE_MODE = 0o640;
const FOLDER_MODE = 0o750;

/** A file as the target of a sink. Nothing here throws once it is open; problems are told. */
export class LogFile implements Target {
  readonly name: string;
  readonly isFile = true;
  rotations = 0;
  readonly #onProblem: OnProblem;
  readonly #told = new Set<Problem['kind']>();
  #rotation: RotateOptions | undefined;
  #fd: number;
  #identity: Identity | undefined;
  #sizeBytes = 0;
  #checkedAt = 0;
  #rotateAfter = 0;

  /** @throws the system error when the file cannot be opened for appending. */
  constructor(name: string, rotation: RotateOptions | undefined, onProblem: OnProblem) {
    this.name = name;
    this.#rotation = rotation;
    this.#onProblem = onProblem;
    this.#fd = openFile(name);
    this.#inspect();
  }

  get fd(): number {
    return this.#fd;
  }

  get chunkBytes(): number {
    return this.#rotation?.sizeBytes ?? Number.POSITIVE_INFINITY;
  }

  prepare(bytes: number): void {
    if (this.#identity === undefined) return;
    const now = clock.monotonicMs();
    if (now - this.#checkedAt >= CHECK_MS) this.#check(now);
    const isFull = this.#sizeBytes > 0 && this.#sizeBytes + bytes > this.chunkBytes;
    if (isFull && now >= this.#rotateAfter) this.#rotateNow(now);
  }

  wrote(bytes: number): void {
    this.#sizeBytes += bytes;
  }

  reopen(): void {
    try {
      const fd = openFile(this.name);
      fs.closeSync(this.#fd);
      this.#fd = fd;
      this.#inspect();
      this.#told.delete('reopen');
    } catch (error) {
      this.#tell('reopen', `Cannot reopen the log file "${this.name}": ${reason(error)}.`, error);
    }
  }

  setRotation(rotation: RotateOptions | undefined): void {
    this.#rotation = rotation;
    this.#rotateAfter = 0;
  }

  close(): void {
    fs.closeSync(this.#fd);
    this.#fd = -1;
  }

  /** A device or a pipe at the path has no identity: it is never compared and never rotated. */
  #inspect(): void {
    const stat = fs.fstatSync(this.#fd);
    this.#identity = stat.isFile() ? { dev: stat.dev, ino: stat.ino } : undefined;
    this.#sizeBytes = stat.size;
    this.#checkedAt = clock.monotonicMs();
  }

  #check(now: number): void {
    this.#checkedAt = now;
    const present = statOf(this.name);
    if (present === 'unknown') return;
    const isSame = present?.ino === this.#identity?.ino && present?.dev === this.#identity?.dev;
    if (isSame) this.#sizeBytes = present?.size ?? 0;
    else this.reopen();
  }

  #rotateNow(now: number): void {
    if (this.#rotation === undefined || this.#identity === undefined) return;
    try {
      const outcome = rotate(this.name, this.#identity, this.#rotation);
      if (outcome === 'busy') return;
      if (outcome === 'rotated') this.rotations += 1;
      this.#told.delete('rotate');
      this.reopen();
    } catch (error) {
      this.#rotateAfter = now + ROTATE_AGAIN_MS;
      const detail = `Cannot rotate the log file "${this.name}": ${reason(error)}; it keeps growing.`;
      this.#tell('rotate', detail, error);
    }
  }

  /** Once until it goes well again. */
  #tell(kind: Problem['kind'], detail: string, cause: unknown): void {
    if (this.#told.has(kind)) return;
    this.#told.add(kind);
    this.#onProblem({ kind, destination: this.name, detail, dropped: 0, cause });
  }
}

/**
 * Opens `name` for appending, itself (0640) and its folders (0750) made when missing.
 *
 * @throws the system error when that is not possible.
 */
export function openFile(name: string): number {
  try {
    return fs.openSync(name, 'a', FILE_MODE);
  } catch (error) {
    if (!errors.hasCode(error, 'ENOENT')) throw error;
    makeFolder(path.dirname(name));
    return fs.openSync(name, 'a', FILE_MODE);
  }
}

/** One by one: asked for all at once, Node tries for ever where none can be made, as in /proc. */
function makeFolder(dir: string): void {
  if (fs.existsSync(dir)) return;
  makeFolder(path.dirname(dir));
  try {
    fs.mkdirSync(dir, FOLDER_MODE);
  } catch (error) {
    if (!errors.hasCode(error, 'EEXIST')) throw error;
  }
}

/** `unknown` when the name may not be looked up: the descriptor still works. */
function statOf(name: string): fs.Stats | 'unknown' | undefined {
  try {
    return fs.statSync(name, { throwIfNoEntry: false });
  } catch {
    return 'unknown';
  }
}
