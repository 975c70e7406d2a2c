/** Handing the service over to a successor: what is passed on, and what the successor finds. */

import fs from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

import * as clock from '../clock/index.js';
import type * as config from '../config/index.js';
import * as daemon from '../daemon/index.js';
import * as errors from '../errors/index.js';
import type * as http from '../http/index.js';
import type * as pidfile from '../pidfile/index.js';
import { LIFELINE } from './keeper.js';
import type { Program } from './options.js';

const LISTENER = 'listener';

/** What a predecessor left to this process. */
export interface Legacy {
  /** Descriptor of the listening socket; undefined when the predecessor did not listen. */
  readonly listener: number | undefined;
  readonly lock: pidfile.Inherited;
  /** Descriptor that the keeper in the foreground listens to; undefined in a detached service. */
  readonly lifeline: number | undefined;
}

/** Takes what `handshake` was left; undefined for a process without a predecessor. */
export function legacyOf(handshake: daemon.Handshake): Legacy | undefined {
  if (handshake.role !== 'successor') return undefined;
  const fds: number[] = [];
  for (
    let fd = handshake.inherited(lockName(0));
    fd !== undefined;
    fd = handshake.inherited(lockName(fds.length))
  ) {
    fds.push(fd);
  }
  return {
    listener: handshake.inherited(LISTENER),
    lock: { fds },
    lifeline: handshake.inherited(LIFELINE),
  };
}

export interface HandOverOptions {
  readonly program: Program;
  readonly listener: http.Listener | undefined;
  readonly claim: pidfile.Claim;
  /** The successor's whole environment. */
  readonly env: NodeJS.ProcessEnv;
  /** An inherited lifeline to pass on; `new` to become the keeper; `none` for a detached service. */
  readonly lifeline: number | 'new' | 'none';
  /** File that a detached service's stderr goes to. */
  readonly stderr: string | undefined;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/**
 * Starts a successor and resolves when it serves and has taken over the announcements.
 *
 * @throws RodentError the successor's own; it is gone by then.
 */
export async function handOver(options: HandOverOptions): Promise<daemon.Successor> {
  const { program, claim, timeoutMs, signal, stderr } = options;
  const successor = daemon.start({
    script: program.script,
    arguments: withoutSave(program.arguments),
    execArgv: program.execArgv,
    env: options.env,
    inherit: inheritance(options, claim.heir()),
    timeoutMs,
    signal,
    // A daemon leads its own session, and so does each of its successors.
    detached: options.lifeline === 'none',
    ...(stderr === undefined ? {} : { stderr }),
  });
  await successor.ready;
  return successor;
}

function inheritance(
  { listener, lifeline }: HandOverOptions,
  heir: pidfile.Heir,
): readonly daemon.Inheritance[] {
  const entries: daemon.Inheritance[] = heir.stdio.map((value, index) => ({
    name: lockName(index),
    value,
  }));
  if (listener !== undefined) entries.push({ name: LISTENER, value: descriptorOf(listener) });
  if (lifeline !== 'none') {
    entries.push({ name: LIFELINE, value: lifeline === 'new' ? 'pipe' : lifeline });
  }
  return entries;
}

/** The descriptor of a socket; undefined where this Node does not show it. */
export function fdOf({ stdio }: http.Listener): { readonly fd: number } | undefined {
  const isShown = typeof stdio === 'object' && stdio !== null && 'fd' in stdio;
  return isShown && typeof stdio.fd === 'number' ? { fd: stdio.fd } : undefined;
}

function descriptorOf(listener: http.Listener): { readonly fd: number } {
  const found = fdOf(listener);
  if (found !== undefined) return found;
  throw new errors.RodentError(
    `Cannot pass the socket of ${listener.url} on: this Node does not show it.`,
    { code: 'RELOAD_FAILED' },
  );
}

function lockName(index: number): string {
  return `lock-${index}`;
}

/** What was saved once is not saved again by each generation. Source: R-INP-34. */
function withoutSave(words: readonly string[]): readonly string[] {
  return words.filter((word) => word !== '-s' && word !== '--save');
}

/** Tells a successor its place in the line. */
const GENERATION = 'RODENT_INTERNAL_GENERATION';

/** The variable that tells the successor of `generation` its number. */
export function generationAfter(generation: number): Readonly<Record<string, string>> {
  return { [GENERATION]: String(generation + 1) };
}

/** Takes this process's number out of `env`; 1 for one without a predecessor. */
export function takeGeneration(env: config.Environment): number {
  const number = Number(env[GENERATION] ?? 1);
  Reflect.deleteProperty(env, GENERATION);
  return Number.isSafeInteger(number) && number > 0 ? number : 1;
}

/** Longer than it takes to write two files, in milliseconds. */
const ANNOUNCED_MS = 10_000;
const LOOK_MS = 10;

/** Resolves when the PID file names another process than this one, or the successor has gone. */
export async function announced(pidFile: string, successor: daemon.Successor): Promise<void> {
  const end = clock.monotonicMs() + ANNOUNCED_MS;
  let isGone = false;
  void successor.exited.then(() => (isGone = true));
  while (!isGone && clock.monotonicMs() < end && isOurs(pidFile)) await sleep(LOOK_MS);
}

function isOurs(pidFile: string): boolean {
  try {
    return Number(fs.readFileSync(pidFile, 'utf8')) === process.pid;
  } catch {
    // Between two files of that name, or removed by somebody.
    return true;
  }
}
