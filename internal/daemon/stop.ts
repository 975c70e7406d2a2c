/** Ending what was half started. */

import * as errors from '../errors/index.js';

/** Time for TERM to do its work, then for KILL, in milliseconds. */
export const PATIENCE_MS = 5000;

/** Whether `event` happens within `ms`. */
export async function within(event: Promise<unknown>, ms: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), ms);
  });
  try {
    return await Promise.race([event.then(() => true), limit]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Stops the process `pid` and its group: TERM, five seconds, KILL. Returns when `ended` has resolved,
 * or after five seconds more, when even the kernel cannot end it.
 *
 * `ended` is the proof of identity: the end of the pipe that only this process holds. As long as it is
 * open, the number belongs to that process; the group is killed at the moment it closes, before the
 * number can come round again.
 */
export async function stop(
  pid: number,
  ended: Promise<unknown>,
  options: { readonly isLeader: boolean; readonly patienceMs?: number },
): Promise<void> {
  const patienceMs = options.patienceMs ?? PATIENCE_MS;
  if (!(await within(ended, 0))) send(pid, 'SIGTERM');
  const isGone = await within(ended, patienceMs);
  if (options.isLeader) send(-pid, 'SIGKILL');
  else if (!isGone) send(pid, 'SIGKILL');
  await within(ended, patienceMs);
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    // Gone already: that is what we want. EPERM: it became somebody else, and TERM was all we had.
    if (!errors.hasCode(error, 'ESRCH') && !errors.hasCode(error, 'EPERM')) throw error;
  }
}
