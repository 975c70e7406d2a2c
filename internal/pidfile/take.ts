/** The two ways to a claim: taking a free lock, and inheriting a held one. */

import fs from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

import * as clock from '../clock/index.js';
import type { Context } from '../context/index.js';
import * as errors from '../errors/index.js';
import type { Inherited } from './claim.js';
import { Claim } from './claim.js';
import * as fault from './fault.js';
import * as file from './file.js';
import type { Paths } from './folder.js';
import * as folder from './folder.js';
import * as identity from './identity.js';
import * as lockFile from './lock-file.js';
import type { Held, LockFile, Rung } from './lock.js';
import * as probe from './probe.js';
import * as record from './record.js';
import * as rung from './rung.js';

/** How long a claim goes on although the lock is held: a prober holds it for some milliseconds. */
const RETRY_MS = 250;
/** On a machine that is out of breath one attempt can take longer than that. */
const MIN_ATTEMPTS = 3;
/** Between two attempts, plus up to as much again, so that contenders fall out of step. */
const PAUSE_MS = 10;
const ADOPT_MS = 2_000;

const PID_MAX_BYTES = 32;
/** What a PID file may hold to be replaced: a number, or what a torn write left of one. */
const STALE = /^[-\s\0]*[0-9]*[\s\0]*$/;

/** How the lock is taken, and how long it is waited for. */
export interface ClaimOptions {
  /** Which lock; default 'auto': the one the lock file names, else the best this machine has. */
  readonly rung?: Rung | 'auto';
  /** How long to try, in milliseconds; default 250. Longer to wait for a holder that is leaving. */
  readonly retryMs?: number;
  /** Ends the waiting; default: only `retryMs` does. */
  readonly ctx?: Context;
  /** Whether somebody lives behind a recorded control socket; default: whether it accepts a connection. */
  readonly probe?: (socket: string) => Promise<boolean>;
  /** @internal Called inside the critical windows; for stress tests, which waste time there. */
  readonly pause?: (window: string) => void;
}

export interface AdoptOptions {
  /** Ends the waiting; default: 2 s do. */
  readonly ctx?: Context;
}

/**
 * Takes the PID file `path` for this process. The lock decides who may: files left by the dead are
 * replaced, and no file of a living holder is touched.
 *
 * @throws RodentError ALREADY_RUNNING with contextData `{ path, pid, since }`; PID_FILE when the files
 *   or their folder cannot be used or must not be trusted; the context's error.
 */
export async function claim(path: string, options: ClaimOptions = {}): Promise<Claim> {
  const paths = folder.prepare(path);
  const end = clock.monotonicMs() + (options.retryMs ?? RETRY_MS);
  for (let attempt = 1; ; attempt += 1) {
    const taken = await attemptOnce(paths, options);
    if (taken !== undefined) return taken;
    if (attempt >= MIN_ATTEMPTS && clock.monotonicMs() >= end) {
      throw record.alreadyRunning(paths.pid, record.living(paths));
    }
    await pause(options.ctx);
  }
}

/**
 * Takes over the lock that a predecessor prepared with `heir`. Publishing is the successor's next
 * step; until then the predecessor's files stand.
 *
 * @throws RodentError PID_FILE when `inherited` is not that lock.
 */
export async function adopt(
  path: string,
  inherited: Inherited,
  options: AdoptOptions = {},
): Promise<Claim> {
  const paths = folder.prepare(path);
  const opened = lockFile.open(paths);
  if (opened === undefined)
    throw fault.refusal('inherit the lock', paths.lock, 'it does not exist');
  const held = await closingUnlessHeld(opened, () => inherit(opened, inherited, options));
  return new Claim({ paths, file: opened, held, previous: undefined, pause: () => {} });
}

async function inherit(
  opened: LockFile,
  inherited: Inherited,
  options: AdoptOptions,
): Promise<Held> {
  const end = clock.monotonicMs() + ADOPT_MS;
  for (;;) {
    const held = await rung.use(opened, (lock) => lock.inherit(opened, inherited.fds));
    if (held !== undefined) return held;
    // Only in the room that `sqlite` makes can a prober stand in the way, for a moment.
    if (opened.rung !== 'sqlite' || clock.monotonicMs() >= end) {
      throw fault.refusal('inherit the lock', opened.path, 'its holder did not pass it on');
    }
    await pause(options.ctx);
  }
}

async function attemptOnce(paths: Paths, options: ClaimOptions): Promise<Claim | undefined> {
  const opened = await openOrCreate(paths, options);
  if (opened === undefined) return undefined;
  const held = await closingUnlessHeld(opened, () => take(opened, options));
  if (held === undefined) return undefined;
  const previous = record.read(paths);
  const window = options.pause ?? (() => {});
  return settle(new Claim({ paths, file: opened, held, previous, pause: window }), paths, options);
}

async function take(opened: LockFile, options: ClaimOptions): Promise<Held | undefined> {
  const demanded = options.rung ?? 'auto';
  if (demanded !== 'auto' && demanded !== opened.rung) {
    const reason = `it asks for the lock "${opened.rung}", not "${demanded}"; remove it while nothing runs`;
    throw fault.refusal('use', opened.path, reason);
  }
  options.pause?.('opened');
  return rung.use(opened, (lock) => lock.take(opened));
}

/** With the lock in hand: is it the right one, is its last owner really dead, and what did it leave? */
async function settle(
  taken: Claim,
  paths: Paths,
  options: ClaimOptions,
): Promise<Claim | undefined> {
  try {
    options.pause?.('locked');
    // Removed or exchanged since it was opened: the lock is on a file that nobody else will find.
    if (!taken.isHeld()) {
      taken.release();
      return undefined;
    }
    await refuseLiving(paths, options);
    discardStale(paths.pid);
    lockFile.sweep(paths);
    options.pause?.('settled');
    return taken;
  } catch (error) {
    taken.release();
    throw error;
  }
}

async function openOrCreate(paths: Paths, options: ClaimOptions): Promise<LockFile | undefined> {
  const existing = lockFile.open(paths);
  if (existing !== undefined) return existing;
  await refuseLiving(paths, options);
  options.pause?.('missing');
  lockFile.create(paths, options.rung ?? 'auto');
  return lockFile.open(paths);
}

/** A cleaner may have removed the lock file of a holder that lives; its record still speaks for it. */
async function refuseLiving(paths: Paths, options: ClaimOptions): Promise<void> {
  const found = record.read(paths);
  if (found === undefined) return;
  if (identity.isAlive(found)) throw record.alreadyRunning(paths.pid, found);
  const answers = options.probe ?? probe.answers;
  if (found.socket !== undefined && (await answers(found.socket))) {
    throw record.alreadyRunning(paths.pid, found);
  }
}

/**
 * Removes the PID file of a dead holder, but never what is something else by its kind or content: a
 * mistyped path must not cost a file.
 *
 * Source: R-ROD-5, R-ROD-6.
 */
function discardStale(pidFile: string): void {
  const found = file.readSmall(pidFile, PID_MAX_BYTES);
  if (found === undefined) return;
  if (!STALE.test(found.text)) {
    throw fault.refusal(
      'replace',
      pidFile,
      'it does not hold a PID; remove it or use another path',
    );
  }
  fs.unlinkSync(pidFile);
}

/** Closes the lock file unless `work` ends with the lock. */
async function closingUnlessHeld<T extends Held | undefined>(
  opened: LockFile,
  work: () => Promise<T>,
): Promise<T> {
  let held: T | undefined;
  try {
    held = await work();
    return held;
  } finally {
    if (held === undefined) fs.closeSync(opened.fd);
  }
}

async function pause(ctx: Context | undefined): Promise<void> {
  const ms = PAUSE_MS + Math.random() * PAUSE_MS;
  try {
    await sleep(ms, undefined, ctx === undefined ? {} : { signal: ctx.signal });
  } catch (error) {
    throw ctx?.err ?? errors.from(error);
  }
}
