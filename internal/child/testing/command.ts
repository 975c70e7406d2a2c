/** Programs that tests start, and what they look at in them. */

import fs from 'node:fs';

import { onTestFinished } from 'vitest';

import { tempDir, until } from '../../../test/support/index.js';
import * as child from '../index.js';

/** A program that a test started. */
export interface Started {
  readonly process: child.Process;
  out(): string;
  err(): string;
}

/** Starts a program whose output is gathered; it is killed when the test ends. */
export function start(
  command: child.CommandOptions['command'],
  rest: Partial<child.CommandOptions> = {},
): Started {
  const output = { out: '', err: '' };
  const started = child.startCommand({
    command,
    directory: tempDir(),
    env: process.env,
    stdout: (chunk) => (output.out += chunk.toString()),
    stderr: (chunk) => (output.err += chunk.toString()),
    ...rest,
  });
  onTestFinished(async () => {
    started.kill();
    await started.exited;
  });
  return { process: started, out: () => output.out, err: () => output.err };
}

/** Starts a script of the shell likewise. */
export function sh(script: string, rest: Partial<child.CommandOptions> = {}): Started {
  return start(['sh', '-c', script], rest);
}

/** Resolves once the program has printed `text`. */
export async function said({ out }: Started, text: string): Promise<void> {
  await until(text, () => out().includes(text));
}

/** Whether somebody lives in the process group. */
export function hasMembers(pgid: number): boolean {
  return fs.readdirSync('/proc').some((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    try {
      const stat = fs.readFileSync(`/proc/${pid}/stat`, 'latin1');
      const [state, , group] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return Number(group) === pgid && state !== 'Z';
    } catch {
      return false;
    }
  });
}

/** Whether a process exists; one that is dead and not yet reaped does not count. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !/^State:\s+Z/m.test(fs.readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

/** Resolves once none of the processes exists. */
export async function gone(pids: readonly number[]): Promise<void> {
  await until(`${pids.join(', ')} to end`, () => pids.every((pid) => !isAlive(pid)));
}

/** Resolves with the pid that somebody writes into `file`. */
export async function pidIn(file: string): Promise<number> {
  await until(
    `a pid in ${file}`,
    () => fs.existsSync(file) && fs.readFileSync(file, 'utf8') !== '',
  );
  return Number(fs.readFileSync(file, 'utf8').trim());
}
