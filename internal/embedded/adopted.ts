/** A server that runs already: nobody's child any more, and kept all the same. */

import type * as child from '../child/index.js';
import * as pidfile from '../pidfile/index.js';
import { readNote } from './postmaster.js';

/** What a server's process is to whoever keeps it. */
export type Base = Pick<child.Process, 'pid' | 'exited' | 'isSuspended' | 'signal' | 'kill'>;

/** How often (ms) is looked whether it has gone; where there is no /proc, each look starts a program. */
const LOOK_MS = process.platform === 'linux' ? 200 : 2_000;

/** Keeps the server `identity` of the folder `data`, whose end no event announces. */
export function adopt(identity: pidfile.Identity, data: string): Base {
  const { pid } = identity;
  const isAlive = (): boolean => {
    const now = pidfile.identify(pid);
    return now !== undefined && pidfile.sameProcess(now, identity);
  };
  const signal: Base['signal'] = (name, { group = false } = {}) =>
    isAlive() && send(group ? -pid : pid, name);
  return {
    pid,
    signal,
    exited: ended(isAlive).then(() => exitOf(pid, data)),
    // Whether it is suspended shows in its silence, as for any program.
    isSuspended: () => false,
    kill: () => void signal('SIGKILL'),
  };
}

/** The timer keeps this process alive, as a child's handle would. */
function ended(isAlive: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    const timer = setInterval(() => {
      if (isAlive()) return;
      clearInterval(timer);
      resolve();
    }, LOOK_MS);
  });
}

/** The status is its parent's to know; one that ended in order has removed its file. */
function exitOf(pid: number, data: string): child.Exit {
  const code = readNote(data)?.pid === pid ? 1 : 0;
  return { code, signal: null, words: [] };
}

function send(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
}
