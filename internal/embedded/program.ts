/** Runs one of PostgreSQL's programs to its end. */

import { execFile, spawn } from 'node:child_process';
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';

import type { Account } from './account.js';
import { attempt, fault, reasonOf } from './fault.js';

/** What all programs of one server have in common. */
export interface Programs {
  readonly bin: string;
  readonly account: Account;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Whether `setpriv` can end a program with its parent. */
  readonly isTethered: boolean;
}

/** One program. */
export interface Task {
  /** The beginning of the sentence for a failure: `Cannot make the embedded database in "…"`. */
  readonly what: string;
  readonly name: 'initdb' | 'postgres';
  readonly args: readonly string[];
  readonly directory: string;
  /** Default: nothing. */
  readonly input?: string;
}

/** What PostgreSQL's programs see of `env`: nothing meant for them, and messages that we can read. */
export function environment(env: Programs['env']): Programs['env'] {
  const kept = Object.entries(env).filter(([name]) => !/^(?:PG|LC_|LANG)/.test(name));
  return { ...Object.fromEntries(kept), LC_ALL: 'C' };
}

/** Whether the system has a `setpriv` that knows how to end a program with its parent. */
export async function canTether(env: Programs['env']): Promise<boolean> {
  try {
    await promisify(execFile)('setpriv', ['--pdeathsig=KILL', 'true'], { env: { ...env } });
    return true;
  } catch {
    // It is Linux alone that has it, and the one of BusyBox knows less.
    return false;
  }
}

/**
 * The version of the programs, as `18.4`.
 *
 * @throws RodentError EMBEDDED_DATABASE when they cannot run.
 */
export async function versionOf(programs: Programs): Promise<string> {
  const what = `Cannot run PostgreSQL's programs in "${programs.bin}"`;
  const output = await run(programs, { what, name: 'postgres', args: ['-V'], directory: '/' });
  const [, version] = /\(PostgreSQL\) (\d\S*)/.exec(output) ?? [];
  if (version === undefined) throw fault(`${what}: they do not tell their version.`);
  return version;
}

/** The words of a program, led by those that send it `signal` when its parent ends, however that ends. */
export function commandOf(
  { bin, isTethered }: Programs,
  signal: 'INT' | 'KILL',
  [name, ...args]: readonly [Task['name'], ...(readonly string[])],
): readonly [string, ...string[]] {
  const program = path.join(bin, name);
  return isTethered ? ['setpriv', `--pdeathsig=${signal}`, program, ...args] : [program, ...args];
}

/**
 * Runs it and returns what it printed.
 *
 * @throws RodentError EMBEDDED_DATABASE with its own last words.
 */
export async function run(programs: Programs, task: Task): Promise<string> {
  const [command, ...args] = commandOf(programs, 'KILL', [task.name, ...task.args]);
  const { uid, gid, isOther } = programs.account;
  return attempt(task.what, async () => {
    const identity = isOther ? { uid, gid } : {};
    const running = spawn(command, args, {
      cwd: task.directory,
      env: { ...programs.env },
      ...identity,
    });
    // One that ends before it has read all says why by its end.
    running.stdin.on('error', () => undefined).end(task.input ?? '');
    return outcome(running, task);
  });
}

async function outcome(running: ChildProcessWithoutNullStreams, task: Task): Promise<string> {
  const [output, words] = await Promise.all([
    text(running.stdout),
    text(running.stderr),
    once(running, 'close'),
  ]);
  const lines = words.split('\n').filter((line) => line.trim() !== '');
  // In single-user mode PostgreSQL goes on after an error, and ends well.
  const hasFailed = running.exitCode !== 0 || lines.some((line) => /\bERROR:/.test(line));
  if (!hasFailed) return output;
  const end = running.signalCode ?? `exit status ${running.exitCode}`;
  throw fault(`${task.what}: ${reasonOf(lines, `${task.name} ended with ${end}`)}.`);
}
