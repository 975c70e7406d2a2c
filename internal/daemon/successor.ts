/** Starting the process that takes over: a child with named descriptors and the same handshake. */

import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { Duplex } from 'node:stream';

import * as errors from '../errors/index.js';
import * as handover from './handover.js';
import * as logFile from './log-file.js';
import type { ProgramOptions } from './program.js';
import * as stopping from './stop.js';
import * as talks from './talk.js';

/** A descriptor that the successor finds with `handshake().inherited(name)`. */
export interface Inheritance {
  readonly name: string;
  /** A number, or anything with one (a handle of node has it), or a new pipe: see `Successor.pipe`. */
  readonly value: number | { readonly fd: number } | 'pipe';
}

export interface StartOptions extends ProgramOptions {
  /** What the successor inherits; default: nothing. */
  readonly inherit?: readonly Inheritance[];
  /** Its own session and process group; default false. A daemon's successor wants it. */
  readonly detached?: boolean;
  /** File that stderr goes to; read, never written, for the last words of a successor that died mute. */
  readonly stderr?: string;
}

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Why it could not be started at all. */
  readonly error?: Error;
}

export interface Successor {
  readonly pid: number;
  /**
   * Resolves with what it passed to `ready`. Otherwise it is gone before this rejects with its own
   * error; with START_FAILED when it ended without one, NOT_READY after `timeoutMs`, CANCELED.
   */
  readonly ready: Promise<unknown>;
  /**
   * Lets it go on: its `ready` returns `info`. From here on it is no longer ours to stop, does not keep
   * our event loop alive, and sees our end when we have ended.
   */
  go(info?: unknown): void;
  /**
   * Our end of the pipe that it inherits as `name`. It ends when the successor, and whoever the
   * successor passed its own end on to, have ended.
   *
   * @throws RodentError INTERNAL when no pipe of that name was asked for.
   */
  pipe(name: string): Duplex;
  /** Stops it: TERM, five seconds, KILL. For a take-over that is called off after `ready`. */
  stop(): Promise<void>;
  readonly exited: Promise<Exit>;
}

/** Descriptor of the handshake's pipe in the successor; what it inherits follows. */
const PIPE = 3;

/**
 * Starts a successor: stdin from /dev/null, stdout and stderr as ours.
 *
 * @throws RodentError START_FAILED when a descriptor to inherit is not open.
 */
export function start(options: StartOptions): Successor {
  const child = spawnChild(options);
  const logStart = options.stderr === undefined ? 0 : logFile.sizeBytes(options.stderr);
  const exited = exitOf(child);
  const talk = talks.open(child, PIPE);
  const isLeader = options.detached ?? false;
  const stop = async (): Promise<void> => {
    if (child.pid !== undefined) await stopping.stop(child.pid, exited, { isLeader });
    talk.channel.close();
  };
  const ready = wait({ options, logStart, exited, talk, stop });
  // Whoever only waits for `exited` must not die of a rejection nobody looked at.
  ready.catch(() => undefined);
  return {
    pid: child.pid ?? Number.NaN,
    ready,
    go: (info) => {
      talk.channel.send({ type: 'go', info });
      talk.channel.hold(false);
      child.unref();
    },
    pipe: (name) => pipeOf(child, options.inherit ?? [], name),
    stop,
    exited,
  };
}

function spawnChild(options: StartOptions): ChildProcess {
  const { script, node = process.execPath, execArgv = process.execArgv, inherit = [] } = options;
  const entries = inherit.map(({ name, value }) => describe(name, value));
  const env = { ...(options.env ?? process.env) };
  handover.leave(env, {
    role: 'successor',
    pipe: PIPE,
    parent: process.pid,
    inherited: Object.fromEntries(
      entries.map(({ name, id }, index) => [name, { fd: PIPE + 1 + index, ...id }]),
    ),
  });
  return spawn(node, [...execArgv, script, ...(options.arguments ?? [])], {
    cwd: options.cwd,
    env,
    detached: options.detached ?? false,
    stdio: ['ignore', 'inherit', 'inherit', 'pipe', ...entries.map(({ stdio }) => stdio)],
  });
}

/** What goes into the stdio array, and what the successor checks it against. */
interface Entry {
  readonly name: string;
  readonly stdio: number | 'pipe';
  /** Empty for a pipe: only the successor sees its end. */
  readonly id: { readonly id?: string };
}

function describe(name: string, value: Inheritance['value']): Entry {
  if (value === 'pipe') return { name, stdio: value, id: {} };
  const fd = typeof value === 'number' ? value : value.fd;
  const id = handover.fileId(fd);
  if (id !== undefined) return { name, stdio: fd, id: { id } };
  throw new errors.RodentError(`Cannot pass "${name}" on: descriptor ${fd} is not open.`, {
    code: 'START_FAILED',
  });
}

function pipeOf(child: ChildProcess, inherit: readonly Inheritance[], name: string): Duplex {
  const index = inherit.findIndex((entry) => entry.name === name && entry.value === 'pipe');
  const stream: unknown = child.stdio[PIPE + 1 + index];
  if (index !== -1 && stream instanceof Duplex) return stream;
  throw new errors.RodentError(`The successor inherits no pipe "${name}".`);
}

function exitOf(child: ChildProcess): Promise<Exit> {
  return new Promise((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }));
    // A binary that cannot be started never exits.
    child.once('error', (error) => resolve({ code: null, signal: null, error }));
  });
}

interface Waiting {
  readonly options: StartOptions;
  readonly logStart: number;
  readonly exited: Promise<Exit>;
  readonly talk: talks.Talk;
  readonly stop: () => Promise<void>;
}

async function wait({ options, logStart, exited, talk, stop }: Waiting): Promise<unknown> {
  const { stderr, timeoutMs } = options;
  const result = await talks.outcome(talk, options);
  if (result.kind === 'ready') return result.info;
  // Whoever has had its last word is on its way out, and may tell its exit status.
  if (result.kind === 'failed' || result.kind === 'ended')
    await stopping.within(exited, stopping.PATIENCE_MS);
  await stop();
  const words = stderr === undefined ? [] : logFile.lastLines(stderr, logStart);
  const { code, signal, error } = await exited;
  const told =
    result.kind === 'ended' ? { ...result, exitCode: code ?? undefined, signal } : result;
  throw talks.toError(told, { subject: 'The successor', words, timeoutMs, cause: error });
}
