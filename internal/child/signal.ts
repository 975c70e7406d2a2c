/** Signals to a process or its group, and whether one has stopped it. */

import fs from 'node:fs';

import * as errors from '../errors/index.js';

/** Sends `signal`; false when nobody is there, or when it has become another user's. */
export function send(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal);
  } catch (error) {
    if (errors.hasCode(error, 'ESRCH') || errors.hasCode(error, 'EPERM')) return false;
    throw error;
  }
}

/**
 * Whether the process is stopped by a signal or held by a tracer; false where the system does not tell.
 *
 * Source: proc_pid_stat(5), field 3.
 */
export function isSuspended(pid: number): boolean {
  try {
    const stat = fs.readFileSync(`/proc/${pid}/stat`, 'latin1');
    const state = stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3);
    return state === 'T' || state === 't';
  } catch {
    // No /proc, or the process has gone.
    return false;
  }
}
