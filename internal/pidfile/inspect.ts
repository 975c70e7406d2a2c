/** Whether the service runs, and waiting until it does not: the lock decides, never the PID. */

import fs from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

import type { Context } from '../context/index.js';
import * as errors from '../errors/index.js';
import * as file from './file.js';
import type { Paths } from './folder.js';
import * as folder from './folder.js';
import * as identity from './identity.js';
import * as lockFile from './lock-file.js';
import type { Rung } from './lock.js';
import * as pidText from './pid-text.js';
import * as probe from './probe.js';
import type { HolderRecord } from './record.js';
import * as record from './record.js';
import * as rung from './rung.js';

/** First and longest pause between two looks at the lock. */
const POLL_MS = 5;
const POLL_MAX_MS = 40;

/** What can be said of a PID file. */
export interface Instance {
  /** `stale`: nobody runs, but files of a dead holder are there. `unknown`: `reason` says why. */
  readonly state: 'running' | 'stale' | 'stopped' | 'unknown';
  /** The holder when it runs and has published; what the file says when it is stale. */
  readonly pid?: number;
  readonly rung?: Rung;
  /** What the holder published; also that of a dead one, as long as its file stands. */
  readonly record?: HolderRecord;
  /** Why the state is unknown, or what is wrong with one that runs: one sentence. */
  readonly reason?: string;
}

export interface InspectOptions {
  /** Whether somebody lives behind a recorded control socket; default: whether it accepts a connection. */
  readonly probe?: (socket: string) => Promise<boolean>;
}

/**
 * Tells whether the service of the PID file `path` runs. Asks the recorded control socket first, which
 * costs no process; then the lock. Changes nothing.
 *
 * @throws RodentError PID_FILE only for a path that is empty or relative.
 */
export async function inspect(path: string, options: InspectOptions = {}): Promise<Instance> {
  return look(path, options.probe ?? probe.answers);
}

/**
 * Waits until the lock of `path` is free: a process that is gone may hold its locks a little longer.
 *
 * @throws RodentError the context's, when it ends first; PID_FILE when nobody can tell.
 */
export async function waitReleased(path: string, ctx: Context): Promise<void> {
  for (let pauseMs = POLL_MS; ; pauseMs = Math.min(pauseMs * 2, POLL_MAX_MS)) {
    if (ctx.err !== undefined) throw ctx.err;
    const { state, reason } = await look(path, undefined);
    if (state === 'unknown') throw new errors.RodentError(reason ?? state, { code: 'PID_FILE' });
    if (state !== 'running') return;
    await sleep(pauseMs, undefined, { signal: ctx.signal }).catch((error: unknown) => {
      throw ctx.err ?? errors.from(error);
    });
  }
}

async function look(
  path: string,
  answers: ((socket: string) => Promise<boolean>) | undefined,
): Promise<Instance> {
  folder.folderOf(path);
  try {
    const paths = folder.locate(path);
    if (paths === undefined) return { state: 'stopped' };
    const found = record.read(paths);
    if (found?.socket !== undefined && (await answers?.(found.socket)) === true) {
      return running(found, { rung: found.rung });
    }
    return await judge(paths, found);
  } catch (error) {
    return { state: 'unknown', ...pidIn(path), reason: errors.describe(error) };
  }
}

async function judge(paths: Paths, found: HolderRecord | undefined): Promise<Instance> {
  const lock = await readLock(paths);
  if (lock.isTaken) return running(found, lock);
  if (found !== undefined && identity.isAlive(found)) {
    return running(found, { ...lock, reason: `The lock file "${paths.lock}" was removed.` });
  }
  const isClean = found === undefined && file.lstat(paths.pid) === undefined;
  if (isClean) return { state: 'stopped' };
  return { state: 'stale', ...pidIn(paths.pid), ...(found === undefined ? {} : { record: found }) };
}

async function readLock(
  paths: Paths,
): Promise<{ readonly isTaken: boolean; readonly rung?: Rung }> {
  const opened = lockFile.peek(paths);
  if (opened === undefined) return { isTaken: false };
  try {
    const isTaken = await rung.use(opened, (lock) => lock.isTaken(opened));
    return { isTaken, rung: opened.rung };
  } finally {
    fs.closeSync(opened.fd);
  }
}

function running(
  found: HolderRecord | undefined,
  more: { readonly rung?: Rung; readonly reason?: string },
): Instance {
  const { reason, rung } = more;
  const base = {
    state: 'running' as const,
    ...(rung === undefined ? {} : { rung }),
    ...(reason === undefined ? {} : { reason }),
  };
  // A record whose process is dead is the last holder's: the present one has not published yet.
  if (found === undefined || identity.isDead(found)) return base;
  return { ...base, pid: found.pid, record: found };
}

function pidIn(path: string): { readonly pid?: number } {
  try {
    const pid = pidText.read(path)?.pid;
    return pid === undefined ? {} : { pid };
  } catch {
    // Not a file that could tell.
    return {};
  }
}
