/** Rotation on disk: `app.log` becomes `app.log.1`, that `app.log.2`, and the oldest goes. */

import fs from 'node:fs';
import path from 'node:path';

import * as errors from '../errors/index.js';

/** A lock older than this (ms) belongs to a process that died while it rotated. */
const STALE_MS = 10_000;

/** When a file is full, and how many full ones are kept. */
export interface RotateOptions {
  /** Bytes; a file is rotated before it would grow beyond; 0 for never. Default: 50 MiB. */
  readonly sizeBytes: number;
  /** Old files kept, `app.log.1` the youngest. Default: 10. */
  readonly keep: number;
}

const DEFAULTS: RotateOptions = { sizeBytes: 50 * 1024 * 1024, keep: 10 };

/** Fills in the defaults; undefined when files are never rotated. Source: R-SUP-26. */
export function toRotation(options: Partial<RotateOptions> = {}): RotateOptions | undefined {
  const rotation = { ...DEFAULTS, ...options };
  return rotation.sizeBytes > 0 ? rotation : undefined;
}

/** Which file a descriptor stands for. */
export interface Identity {
  readonly dev: number;
  readonly ino: number;
}

/** `moved`: the path is no longer the given file. `busy`: another process is rotating it. */
export type Outcome = 'rotated' | 'moved' | 'busy';

/**
 * Moves the file at `file` aside, provided it still is `identity`, and keeps `keep` old ones.
 *
 * Several processes may append to one file (workers, a successor), so a lock file keeps them apart
 * and the identity is compared under it: whoever comes second finds the file moved.
 *
 * @throws the system error of the rename that failed; the files stay usable in any case.
 */
export function rotate(file: string, identity: Identity, options: { keep: number }): Outcome {
  const lock = `${file}.rotating`;
  if (!takeLock(lock)) return 'busy';
  try {
    const present = fs.statSync(file, { throwIfNoEntry: false });
    if (present?.ino !== identity.ino || present.dev !== identity.dev) return 'moved';
    shift(file, options.keep);
    removeBeyond(file, options.keep);
    return 'rotated';
  } finally {
    fs.rmSync(lock, { force: true });
  }
}

function takeLock(lock: string): boolean {
  for (const attempt of ['first', 'after a stale one']) {
    try {
      fs.closeSync(fs.openSync(lock, 'wx', 0o600));
      return true;
    } catch (error) {
      if (!errors.hasCode(error, 'EEXIST')) throw error;
      if (attempt === 'first' && isStale(lock)) fs.rmSync(lock, { force: true });
    }
  }
  return false;
}

function isStale(lock: string): boolean {
  const made = fs.statSync(lock, { throwIfNoEntry: false })?.mtimeMs;
  return made === undefined || Date.now() - made > STALE_MS;
}

/**
 * Moves the file aside and keeps `keep` old ones, for whoever is the only one that writes it; see
 * `rotate` for the others. A gap in the numbers ends the shift, so that no old file goes while there is
 * room.
 *
 * @throws the system error of the rename that failed.
 */
export function shift(file: string, keep: number): void {
  if (keep === 0) {
    fs.rmSync(file);
    return;
  }
  let last = 1;
  while (last < keep && fs.existsSync(`${file}.${last}`)) last += 1;
  for (let n = last; n > 1; n -= 1) fs.renameSync(`${file}.${n - 1}`, `${file}.${n}`);
  fs.renameSync(file, `${file}.1`);
}

/** Old files of a time when more were kept go too. */
function removeBeyond(file: string, keep: number): void {
  const prefix = `${path.basename(file)}.`;
  for (const name of fs.readdirSync(path.dirname(file))) {
    if (!name.startsWith(prefix)) continue;
    const rest = name.slice(prefix.length);
    if (/^[1-9]\d*$/.test(rest) && Number(rest) > keep) {
      fs.rmSync(path.join(path.dirname(file), name), { force: true });
    }
  }
}
