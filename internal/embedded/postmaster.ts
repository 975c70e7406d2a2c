/** Who serves a data folder: proven by the process itself, never by a number that a file holds. */

import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import * as clock from '../clock/index.js';
import * as pidfile from '../pidfile/index.js';

/**
 * What a server says of itself in postmaster.pid.
 *
 * Source: PostgreSQL, src/include/utils/pidfile.h.
 */
export interface Note {
  readonly pid: number;
  readonly socketDir: string;
  /** It takes connections. */
  readonly isReady: boolean;
  /** It shuts down. */
  readonly isStopping: boolean;
}

/** A server that serves a folder, and which process it is. */
export type Running = Note & pidfile.Identity;

/** How long (ms) is waited for what was killed to be gone. */
const GONE_MS = 1_000;
const STEP_MS = 5;
/** How long (ms) is waited for a server that shuts down, and how often is looked. */
const STOPPED_MS = 10_000;
const LOOK_MS = 20;

/** Returns what stands in the file; undefined when there is none or nothing useful in it. */
export function readNote(data: string): Note | undefined {
  const text = read(noteOf(data));
  const [pid = '', , , , socketDir = '', , , status = ''] = text.split('\n');
  if (!/^\d+$/.test(pid)) return undefined;
  const isStopping = status.trim() === 'stopping';
  return { pid: Number(pid), socketDir, isReady: status.trim() === 'ready', isStopping };
}

/** Returns the server that serves `data` now, whoever started it; undefined when none does. */
export function findServer(data: string): Running | undefined {
  const note = readNote(data);
  if (note === undefined) return undefined;
  const identity = pidfile.identify(note.pid);
  if (identity === undefined || judge(note.pid, data) !== 'server') return undefined;
  return { ...note, ...identity };
}

/** Resolves when no server of `data` shuts down any more, or after ten seconds. */
export async function whenStopped(data: string): Promise<void> {
  const end = clock.monotonicMs() + STOPPED_MS;
  while (findServer(data)?.isStopping === true && clock.monotonicMs() < end) await sleep(LOOK_MS);
}

/**
 * Removes a postmaster.pid behind which no server of `data` stands: its number has gone to somebody
 * else, its process is dead and was never reaped, or a crash of the machine has left it empty.
 * PostgreSQL itself would refuse to start. Without proof the file stays, and PostgreSQL decides.
 */
export function removeStaleNote(data: string): void {
  const file = noteOf(data);
  const text = read(file);
  if (!fs.existsSync(file) || !isProvenStale(readNote(data)?.pid, data)) return;
  const aside = `${file}.${process.pid}`;
  fs.renameSync(file, aside);
  // Whoever started a server since the file was read has its own file there: it goes back.
  if (read(aside) !== text) fs.linkSync(aside, file);
  fs.rmSync(aside);
}

/**
 * Ends what is left of a server of `data` that was killed: its processes hold the memory that the next
 * one needs. They end by themselves as soon as they look; this is for the one that does not. Each bears
 * the server's `name` in its title. Blocks until they are gone, a second at the most.
 */
export function endOrphans(data: string, name: string): void {
  const end = clock.monotonicMs() + GONE_MS;
  for (;;) {
    const orphans = orphansOf(data, name);
    if (orphans.length === 0 || clock.monotonicMs() > end) return;
    for (const pid of orphans) kill(pid);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, STEP_MS);
  }
}

function isProvenStale(pid: number | undefined, data: string): boolean {
  if (pid !== undefined) return pidfile.identify(pid) === undefined || judge(pid, data) === 'other';
  const isListed = process.platform === 'linux';
  return isListed && !processes().some((each) => judge(each, data) === 'server');
}

/**
 * Whether the process is a server whose folder is `data`. Its arguments tell where everybody may read
 * them; its folder is shown only to the same user, and to a root with all its rights.
 */
function judge(pid: number, data: string): 'server' | 'other' | 'hidden' {
  if (process.platform !== 'linux') return judgeFromPs(pid, data);
  const text = read(`/proc/${pid}/cmdline`);
  if (text === '') return 'hidden';
  const args = text.split('\0');
  const folder = args[args.indexOf('-D') + 1] ?? '';
  const isServer = path.basename(args[0] ?? '') === 'postgres' && real(folder) === real(data);
  const cwd = linkOf(`/proc/${pid}/cwd`);
  return isServer && (cwd === '' || cwd === real(data)) ? 'server' : 'other';
}

/** Words are not told apart there: a PostgreSQL of an unknown folder is nobody to judge. */
function judgeFromPs(pid: number, data: string): 'server' | 'other' | 'hidden' {
  const command = ps(['-o', 'command=', '-p', String(pid)]);
  if (command.includes(`postgres -D ${data} `)) return 'server';
  return command === '' || command.includes('postgres') ? 'hidden' : 'other';
}

/** Those of a server that lives have it as their parent. */
function orphansOf(data: string, name: string): readonly number[] {
  const title = `postgres: ${name}: `;
  return process.platform === 'linux'
    ? processes()
        .filter((pid) => read(`/proc/${pid}/cmdline`).startsWith(title))
        .filter((pid) => judge(parentOf(pid), data) !== 'server')
    : ps(['-ax', '-o', 'pid=,ppid=,command='])
        .split('\n')
        .map((line) => /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [])
        .filter(([, , parent, command]) => parent === '1' && command?.startsWith(title))
        .map(([, pid]) => Number(pid));
}

function processes(): readonly number[] {
  const names = fs.readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return names.map(Number);
}

function parentOf(pid: number): number {
  return Number(/^PPid:\s+(\d+)$/m.exec(read(`/proc/${pid}/status`))?.[1] ?? 0);
}

function ps(args: readonly string[]): string {
  const options = { encoding: 'utf8', env: { LC_ALL: 'C' } } as const;
  return spawnSync('/bin/ps', ['-ww', ...args], options).stdout;
}

/** Empty for a process that has ended or is not ours to look at. */
function linkOf(file: string): string {
  try {
    return fs.readlinkSync(file);
  } catch {
    return '';
  }
}

function noteOf(data: string): string {
  return path.join(data, 'postmaster.pid');
}

function real(file: string): string {
  try {
    return fs.realpathSync(file);
  } catch {
    return file;
  }
}

function read(file: string): string {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has gone.
  }
}
