/**
 * Rung exlock: macOS and the BSDs lock while they open. The lock is the one of flock(2): it passes to
 * children with the descriptor and ends with the last of them.
 *
 * Source: open(2) of macOS and FreeBSD.
 */

import fs from 'node:fs';

import * as errors from '../errors/index.js';
import * as fault from './fault.js';
import * as flock from './flock.js';
import type { Held, LockFile } from './lock.js';

/** Node does not name these flags but passes them through; the numbers are those of sys/fcntl.h. */
const O_SHLOCK = 0x10;
const O_EXLOCK = 0x20;

const PLATFORMS: ReadonlySet<string> = new Set(['darwin', 'freebsd', 'netbsd', 'openbsd']);

export function isUsable(): boolean {
  return PLATFORMS.has(process.platform);
}

export async function take(lock: LockFile): Promise<Held | undefined> {
  const fd = open(lock, O_EXLOCK);
  if (fd === undefined) return undefined;
  if (flock.isSameFile(fd, lock)) return flock.held([fd], () => fs.closeSync(fd));
  // The lock file was exchanged between two opens; the caller looks again.
  fs.closeSync(fd);
  return undefined;
}

export async function inherit(lock: LockFile, fds: readonly number[]): Promise<Held | undefined> {
  const fd = fds[0];
  if (fd === undefined || !flock.isSameFile(fd, lock) || !(await isTaken(lock))) return undefined;
  return flock.held([fd], () => fs.closeSync(fd));
}

export async function isTaken(lock: LockFile): Promise<boolean> {
  const fd = open(lock, O_SHLOCK);
  if (fd === undefined) return true;
  fs.closeSync(fd);
  return false;
}

function open(lock: LockFile, flag: number): number | undefined {
  // Elsewhere the flag means nothing, and the open would succeed without a lock.
  if (!isUsable()) throw fault.refusal('lock', lock.path, 'this system has no O_EXLOCK');
  const { O_NOFOLLOW, O_NONBLOCK, O_RDWR } = fs.constants;
  try {
    return fs.openSync(lock.path, O_RDWR | O_NONBLOCK | O_NOFOLLOW | flag);
  } catch (error) {
    if (errors.hasCode(error, 'EAGAIN')) return undefined;
    throw fault.failure('lock', lock.path, error);
  }
}
