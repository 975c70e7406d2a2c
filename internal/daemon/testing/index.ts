/** Package testing: what the tests of daemons share. */

import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { onTestFinished } from 'vitest';

import { spawnNode, tempDir, until } from '../../../test/support/index.js';
import type { Program, SpawnOptions } from '../../../test/support/index.js';
import type { LaunchOptions } from '../index.js';

export const SERVICE: string = fixture('service.mjs');

export function fixture(name: string): string {
  return fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url));
}

/** What fixtures/command.mjs prints. */
export interface Outcome {
  readonly launched?: { readonly pid: number; readonly info: Description };
  readonly error?: Failure;
}

export interface Failure {
  readonly code: string;
  readonly detail: string;
  readonly contextData: Readonly<Record<string, unknown>>;
}

/** What fixtures/service.mjs says of itself. */
export interface Description {
  readonly role: string;
  readonly isDetached: boolean;
  readonly ppid: number;
  readonly umask: number;
  readonly cwd: string;
  readonly execArgv: readonly string[];
  readonly arguments: readonly string[];
  readonly grandchild: string;
  readonly own: readonly string[];
  readonly descriptors: readonly string[];
}

export interface Command extends Program {
  /** Folder of the logs. */
  readonly folder: string;
  log(): string;
  outcome(): Promise<Outcome>;
}

/** Launches fixtures/service.mjs from a command process; the daemon ends with the test. */
export function command(
  how: string,
  options: Partial<LaunchOptions> & { readonly abortOn?: string } = {},
  spawnOptions: SpawnOptions = {},
): Command {
  const folder = path.join(tempDir(), 'log');
  const order = {
    script: SERVICE,
    arguments: [how, 'a b', '', 'é"$x'],
    stdout: path.join(folder, 'app.log'),
    stderr: path.join(folder, 'error.log'),
    timeoutMs: 30_000,
    ...options,
  };
  const program = spawnNode(fixture('command.mjs'), [JSON.stringify(order)], spawnOptions);
  return {
    ...program,
    folder,
    log: () => (fs.existsSync(order.stderr) ? fs.readFileSync(order.stderr, 'utf8') : ''),
    outcome: async () => {
      const [text] = await program.line(/^\{.*\}$/m);
      const outcome = JSON.parse(text) as Outcome;
      if (outcome.launched !== undefined) endWithTest(outcome.launched.pid);
      return outcome;
    },
  };
}

/** Kills the process `pid` when the test ends, and waits until it has gone. */
export function endWithTest(pid: number): void {
  onTestFinished(async () => {
    if (isAlive(pid)) process.kill(pid, 'SIGKILL');
    await gone(pid);
  });
}

export async function gone(pid: number): Promise<void> {
  await until(`the end of process ${pid}`, () => !isAlive(pid));
}

export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0) && !/^State:\s+Z/m.test(statusOf(pid));
  } catch {
    return false;
  }
}

export function statusOf(pid: number): string {
  return fs.readFileSync(`/proc/${pid}/status`, 'utf8');
}

/** Fields of ps, e.g. `ps(412, 'sid,tty')`. */
export function ps(pid: number, fields: string): readonly string[] {
  const format = fields.split(',').flatMap((field) => ['-o', `${field}=`]);
  const text = execFileSync('ps', [...format, '-p', String(pid)], { encoding: 'utf8' });
  return text.trim().split(/\s+/);
}
