/** The ladder: the kernel-held locks this package knows, best first, and which of them this machine has. */

import * as abstractSocket from './abstract-socket.js';
import * as exlock from './exlock.js';
import * as fault from './fault.js';
import * as flock from './flock.js';
import type { Lock, LockFile, Rung } from './lock.js';
import * as sqlite from './sqlite.js';

const LOCKS: Readonly<Record<Rung, Lock>> = { exlock, flock, sqlite, abstract: abstractSocket };

const REMEDIES: Readonly<Record<Rung, string>> = {
  exlock: 'which only macOS and the BSDs have',
  flock: 'which this machine lacks; install util-linux',
  sqlite: `which Node ${process.versions.node} lacks; use Node 22.13 or later`,
  abstract: 'which only Linux has',
};

/** Does `work` with the lock that the lock file names. @throws RodentError PID_FILE */
export async function use<T>(file: LockFile, work: (lock: Lock) => Promise<T>): Promise<T> {
  const lock = LOCKS[file.rung];
  try {
    return await work(lock);
  } catch (error) {
    // Asked only now: the answer costs as much as the lock itself.
    if (lock.isUsable(file.fd)) throw error;
    const remedy = `${REMEDIES[file.rung]}, or remove the file while nothing runs`;
    throw fault.refusal('use', file.path, `it asks for the lock "${file.rung}", ${remedy}`);
  }
}

/** Whether `name` is one of the rungs. */
export function isRung(name: string): name is Rung {
  return Object.hasOwn(LOCKS, name);
}

/**
 * Returns the best rung this machine has, or the demanded one.
 *
 * @throws RodentError PID_FILE
 */
export function choose(demanded: Rung | 'auto', fd: number, path: string): Rung {
  const candidates = demanded === 'auto' ? ladder() : [demanded];
  const rung = candidates.find((candidate) => LOCKS[candidate].isUsable(fd));
  if (rung !== undefined) return rung;
  const lacking = candidates.map((candidate) => `"${candidate}", ${REMEDIES[candidate]}`);
  throw fault.refusal('lock', path, `it needs the lock ${lacking.join('; or ')}`);
}

function ladder(): readonly Rung[] {
  return process.platform === 'linux' ? ['flock', 'sqlite', 'abstract'] : ['exlock', 'sqlite'];
}
