/**
 * The keeper: what a process in the foreground becomes once a successor serves in its place.
 *
 * Whoever started `rodent serve` in the foreground (a shell, a container, a unit of Type=simple) waits
 * for that very process. So it stays: it serves nothing, passes signals on, and ends with the status of
 * the last generation. Every generation inherits the lifeline, a descriptor whose end the kernel tells.
 */

import fs from 'node:fs';
import readline from 'node:readline';
import type { Readable } from 'node:stream';

/** The name under which the lifeline's descriptor is handed on. */
export const LIFELINE = 'lifeline';

const PASSED_ON: readonly NodeJS.Signals[] = [
  'SIGTERM',
  'SIGINT',
  'SIGHUP',
  'SIGQUIT',
  'SIGUSR1',
  'SIGUSR2',
];

/** Tells the keeper at the other end of `fd` that this process serves now. */
export function tellServing(fd: number): void {
  say(fd, `serving ${process.pid}\n`);
}

/** Tells the keeper at the other end of `fd` the exit status this process leaves with. */
export function tellLeaving(fd: number, status: number): void {
  say(fd, `leaving ${status}\n`);
}

function say(fd: number, line: string): void {
  try {
    fs.writeSync(fd, line);
  } catch {
    // The keeper was killed: nobody waits for this word, and the service goes on without it.
  }
}

/**
 * Waits until the last generation has ended, passing signals on to the one that serves. To be called as
 * soon as that serves: it may end before this process has, and its words are lost to who listens late.
 *
 * @param lifeline our end of the pipe that every generation inherits.
 * @param pid the generation that serves now.
 * @returns the exit status of the last generation; 1 when it ended without a word.
 */
export async function keep(lifeline: Readable, pid: number): Promise<number> {
  let serving = pid;
  let status = 1;
  const pass = (signal: NodeJS.Signals): void => {
    try {
      process.kill(serving, signal);
    } catch {
      // It ended between two of its words; the end of the lifeline follows.
    }
  };
  for (const signal of PASSED_ON) process.on(signal, pass);
  for await (const line of readline.createInterface({ input: lifeline })) {
    const [word, value] = line.split(' ');
    if (word === 'serving') serving = Number(value);
    if (word === 'leaving') status = Number(value);
  }
  for (const signal of PASSED_ON) process.off(signal, pass);
  return status;
}
