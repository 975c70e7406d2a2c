/**
 * Rung flock: flock(1) locks a descriptor of ours. The lock belongs to the open file description, so it
 * stays when the helper ends, passes to children that inherit the descriptor, and goes when the last
 * descriptor is closed, however its process dies.
 *
 * Source: flock(1), flock(2).
 */

import type { SpawnSyncReturns } from 'node:child_process';
import fs from 'node:fs';

import * as fault from './fault.js';
import * as file from './file.js';
import type { Held, LockFile } from './lock.js';

/** flock(1) answers 1 when another holds the lock; busybox knows no other failure. */
const CONFLICT = 1;

export function isUsable(fd: number): boolean {
  if (process.platform !== 'linux') return false;
  const status = run(fd, '-s').status;
  return status === 0 || status === CONFLICT;
}

export async function take(lock: LockFile): Promise<Held | undefined> {
  return tryLock(lock, lock.fd, '-x') ? held([lock.fd], () => {}) : undefined;
}

export async function inherit(lock: LockFile, fds: readonly number[]): Promise<Held | undefined> {
  const fd = fds[0];
  if (fd === undefined || !isSameFile(fd, lock)) return undefined;
  // Locking again through the same open file description changes nothing; through another it fails.
  return tryLock(lock, fd, '-x') ? held([fd], () => fs.closeSync(fd)) : undefined;
}

export async function isTaken(lock: LockFile): Promise<boolean> {
  return !tryLock(lock, lock.fd, '-s');
}

/** A lock that descriptors carry: it ends with the last of them. */
export function held(fds: readonly number[], release: () => void): Held {
  return { fds, isIntact: () => true, makeRoom: () => {}, release };
}

/** Whether `fd` is open on the lock file. */
export function isSameFile(fd: number, lock: LockFile): boolean {
  try {
    return file.idOf(fs.fstatSync(fd, { bigint: true })) === lock.id;
  } catch {
    // Not a descriptor at all.
    return false;
  }
}

function tryLock(lock: LockFile, fd: number, mode: '-x' | '-s'): boolean {
  const { error, signal, status } = run(fd, mode);
  if (status === 0) return true;
  if (status === CONFLICT) return false;
  throw fault.failure(
    'lock',
    lock.path,
    error ?? new Error(`flock ended with ${status ?? signal}`),
  );
}

function run(fd: number, mode: '-x' | '-s'): SpawnSyncReturns<Buffer> {
  // Loaded only when somebody has to be asked: `status` of a service that answers needs no process.
  const { spawnSync } = process.getBuiltinModule('node:child_process');
  return spawnSync('flock', ['-n', mode, '3'], { stdio: ['ignore', 'ignore', 'ignore', fd] });
}
