/**
 * The lock file: created whole in one step, so that all who see it agree on the rung, and never
 * unlinked, for whoever unlinks a lock file lets the next one lock another.
 */

import fs from 'node:fs';
import path from 'node:path';

import * as errors from '../errors/index.js';
import * as fault from './fault.js';
import * as file from './file.js';
import type { Paths } from './folder.js';
import type { LockFile, Rung } from './lock.js';
import * as rung from './rung.js';

const FORMAT = /^rodent-lock 1 ([a-z]+) ([0-9a-f]{64})\n$/;
const MAX_BYTES = 128;

/**
 * Opens the lock file to lock it; undefined when there is none.
 *
 * @throws RodentError PID_FILE unless it is a regular file with one name, of ours or root's, for nobody
 *   else to open (who can open it can lock it).
 */
export function open(paths: Paths): LockFile | undefined {
  const fd = file.openRegular(paths.lock, fs.constants.O_RDWR);
  if (fd === undefined) return undefined;
  try {
    const stat = singleName(fd, paths);
    if (!file.isTrustedOwner(stat)) {
      throw fault.refusal('use', paths.lock, `it belongs to user ${stat.uid}`);
    }
    if ((stat.mode & 0o077n) !== 0n) {
      throw fault.refusal('use', paths.lock, 'other users may open it; run chmod 600 on it');
    }
    return parse(fd, paths);
  } catch (error) {
    fs.closeSync(fd);
    throw fault.failure('use', paths.lock, error);
  }
}

/** Opens the lock file to ask whether it is locked; undefined when there is none. @throws RodentError PID_FILE */
export function peek(paths: Paths): LockFile | undefined {
  const fd = file.openRegular(paths.lock, fs.constants.O_RDONLY);
  if (fd === undefined) return undefined;
  try {
    return parse(fd, paths);
  } catch (error) {
    fs.closeSync(fd);
    throw fault.failure('read', paths.lock, error);
  }
}

/**
 * Creates the lock file unless it exists: written under another name, then linked, so that one of many
 * wins and nobody sees a part of it.
 *
 * @throws RodentError PID_FILE
 */
export function create(paths: Paths, demanded: Rung | 'auto'): void {
  const temp = file.temporary(paths.lock);
  try {
    write(temp, paths.lock, demanded);
    fs.linkSync(temp, paths.lock);
  } catch (error) {
    // Another was first (EEXIST), or its holder has swept our temporary file away (ENOENT).
    const isBeaten = errors.hasCode(error, 'EEXIST') || errors.hasCode(error, 'ENOENT');
    if (!isBeaten) throw fault.failure('make the lock file', paths.lock, error);
  } finally {
    file.remove(temp);
  }
}

/** Removes what a killed process left between two steps. Only for who holds the lock. */
export function sweep(paths: Paths): void {
  for (const target of [paths.lock, paths.state, paths.pid]) {
    for (const temp of temporaries(paths, target)) file.remove(temp);
  }
}

function write(temp: string, lock: string, demanded: Rung | 'auto'): void {
  const fd = file.create(temp, 0o600);
  try {
    const nonce = Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString('hex');
    fs.writeFileSync(fd, `rodent-lock 1 ${rung.choose(demanded, fd, lock)} ${nonce}\n`);
    fs.fsyncSync(fd);
  } finally {
    fs.closeSync(fd);
  }
}

function parse(fd: number, paths: Paths): LockFile {
  const [, name = '', nonce = ''] = FORMAT.exec(file.readFrom(fd, paths.lock, MAX_BYTES)) ?? [];
  if (!rung.isRung(name)) {
    const reason = 'it is not a lock file of this version; remove it while nothing runs';
    throw fault.refusal('use', paths.lock, reason);
  }
  const id = file.idOf(fs.fstatSync(fd, { bigint: true }));
  return { path: paths.lock, fd, id, rung: name, nonce, slots: paths.slots };
}

/** The lock file may have a second name only while, or because, its maker did not get to remove it. */
function singleName(fd: number, paths: Paths): fs.BigIntStats {
  const stat = fs.fstatSync(fd, { bigint: true });
  if (stat.nlink === 1n) return stat;
  for (const temp of temporaries(paths, paths.lock)) {
    if (file.idAt(temp) === file.idOf(stat)) file.remove(temp);
  }
  const again = fs.fstatSync(fd, { bigint: true });
  if (again.nlink <= 1n) return again;
  throw fault.refusal('use', paths.lock, `it has ${again.nlink} names; remove the hard links`);
}

function temporaries(paths: Paths, target: string): readonly string[] {
  return fs
    .readdirSync(paths.folder)
    .filter((name) => file.isTemporary(name, path.basename(target)))
    .map((name) => path.join(paths.folder, name));
}
