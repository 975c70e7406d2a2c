/** Package testing: what the tests of pidfile share. */

import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

import { onTestFinished } from 'vitest';

import type { Program, SpawnOptions } from '../../../test/support/index.js';
import { spawnNode, tempDir } from '../../../test/support/index.js';
import type { HolderRecord, Rung } from '../index.js';
import * as pidfile from '../index.js';

const HOLDER = path.join(import.meta.dirname, '../fixtures/holder.mjs');

/** The rungs that this Node on this machine can use. */
export const RUNGS: readonly Rung[] = (['flock', 'sqlite', 'abstract'] as const).filter(isUsable);

/** What each of the three files appends to the path. */
export const SUFFIXES: readonly string[] = ['', '.lock', '.state'];

/** Whether tests that need root (foreign owners, mounts, namespaces) can run. */
export const isRoot: boolean = process.platform === 'linux' && process.geteuid?.() === 0;

/** A PID file's path in a folder of its own that is removed when the test ends. */
export function pidPath(): string {
  return path.join(tempDir(), 'run', 'shop.pid');
}

/** The names in the folder of a PID file, sorted. */
export function names(pidFile: string): readonly string[] {
  return fs.readdirSync(path.dirname(pidFile)).toSorted();
}

/** Writes a file beside or at the PID file's path, making the folder. */
export function put(file: string, text: string | Buffer, mode = 0o600): void {
  fs.mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  fs.writeFileSync(file, text, { mode });
  fs.chmodSync(file, mode);
}

export interface HolderOptions extends SpawnOptions {
  readonly rung?: Rung;
  /** Default true. */
  readonly publish?: boolean;
  readonly details?: object;
}

/** Claims, publishes and releases, or tells why not. */
export async function tryOut(file: string): Promise<string> {
  try {
    const claim = await pidfile.claim(file);
    claim.publish();
    claim.release();
    return 'claimed';
  } catch (error) {
    return (error as { readonly code: string }).code;
  }
}

/** Starts a process that holds the PID file and resolves when it does. */
export async function startHolder(path: string, options: HolderOptions = {}): Promise<Program> {
  const { rung, publish, details, ...spawnOptions } = options;
  const program = spawnNode(HOLDER, [JSON.stringify({ path, rung, publish, details })], {
    execArgv: ['--no-warnings'],
    ...spawnOptions,
  });
  await program.line(/^held \d+$/m);
  return program;
}

/** Kills a holder as nothing can prevent, and resolves when it has gone. */
export async function killHard(program: Program): Promise<void> {
  program.child.kill('SIGKILL');
  await program.exit;
}

export function readRecord(pidFile: string): HolderRecord {
  return JSON.parse(fs.readFileSync(`${pidFile}.state`, 'utf8')) as HolderRecord;
}

/** Changes the state file as no holder would. */
export function amend(pidFile: string, patch: Partial<HolderRecord>): void {
  put(`${pidFile}.state`, JSON.stringify({ ...readRecord(pidFile), ...patch }));
}

/** Mounts a tmpfs of `size` at a new folder until the test ends; undefined where that is not allowed. */
export function mountTmpfs(size: string): string | undefined {
  const dir = path.join(tempDir(), 'mount');
  fs.mkdirSync(dir, { mode: 0o700 });
  const options = `size=${size},mode=0700`;
  if (spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', dir]).status !== 0)
    return undefined;
  onTestFinished(() => {
    spawnSync('umount', [dir]);
  });
  return dir;
}

function isUsable(rung: Rung): boolean {
  if (rung === 'sqlite') return process.getBuiltinModule('node:sqlite' as string) !== undefined;
  if (process.platform !== 'linux') return false;
  return rung === 'abstract' || spawnSync('flock', ['--version']).status === 0;
}
