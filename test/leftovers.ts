/**
 * Fails a test run that leaves a process running, and names it.
 *
 * Every process that the tests start, directly or through others, inherits a variable with the run's
 * own id, whatever its parent and its session have become since. Linux tells the environment of each
 * process in /proc; elsewhere nothing is checked.
 */

import fs from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const VARIABLE = 'TEST_RUN_OF_RODENT';
/** A process that is on its way out gets so much time, in milliseconds. */
const PATIENCE_MS = 5000;

interface Leftover {
  readonly pid: number;
  readonly command: string;
}

/** Marks the run; what it returns runs after the last test. Called by Vitest. */
export function setup(): () => Promise<void> {
  const marker = `${VARIABLE}=${process.pid}-${Date.now()}`;
  process.env[VARIABLE] = marker.slice(VARIABLE.length + 1);
  return async () => {
    const left = await wait(marker);
    for (const { pid } of left) process.kill(pid, 'SIGKILL');
    if (left.length === 0) return;
    const names = left.map(({ pid, command }) => `  ${pid} ${command}`).join('\n');
    // Vitest prints what a teardown throws, and says success all the same.
    process.exitCode = 1;
    throw new Error(`The tests left ${left.length} process(es) running, now killed:\n${names}`);
  };
}

/** Returns what is left over once it is nothing or patience ends. */
async function wait(marker: string): Promise<readonly Leftover[]> {
  const end = performance.now() + PATIENCE_MS;
  for (;;) {
    const left = leftovers(marker);
    if (left.length === 0 || performance.now() > end) return left;
    await sleep(20);
  }
}

function leftovers(marker: string): Leftover[] {
  if (!fs.existsSync('/proc/self/environ')) return [];
  return fs
    .readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((pid) => read(pid, 'environ').split('\0').includes(marker))
    .map((pid) => ({
      pid: Number(pid),
      command: read(pid, 'cmdline').replaceAll('\0', ' ').trim(),
    }))
    .filter(({ command }) => !command.includes('node_modules/vitest/'));
}

/** An empty text for a process that has ended meanwhile or belongs to someone else. */
function read(pid: string, file: string): string {
  try {
    return fs.readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return '';
  }
}
