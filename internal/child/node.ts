/** A worker of ours: a Node process that says when it is ready and how it is, and ends when it is told. */

import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import fs from 'node:fs';
import type net from 'node:net';
import { Readable } from 'node:stream';

import * as clock from '../clock/index.js';
import * as errors from '../errors/index.js';
import { deferred } from './deferred.js';
import { Handing } from './handing.js';
import type { Order, Word } from './message.js';
import { DESCRIPTORS, isOf, unwrap, wrap } from './message.js';
import type { Exit, Process, StopReason, Vitals } from './process.js';
import { Tail } from './tail.js';
import { Watched } from './watched.js';

/** What a worker is started with. */
export interface NodeOptions {
  readonly script: string;
  readonly arguments?: readonly string[];
  /** Flags of node; default: none. */
  readonly execArgv?: readonly string[];
  readonly cwd?: string;
  readonly env: Readonly<NodeJS.ProcessEnv>;
  /** What the worker gets as `parent().boot`; JSON. */
  readonly boot: unknown;
  /** Default: those of this process. */
  readonly uid?: number | undefined;
  readonly gid?: number | undefined;
  /** Default: that of this process. */
  readonly stdout?: 'ignore' | ((chunk: Buffer) => void);
  /** Descriptors that the worker finds with `parent().inherited(index)`; default: none. */
  readonly inherit?: readonly (number | { readonly fd: number })[];
  /** Is given what the worker writes to stderr, as it comes. */
  readonly onStderr?: (chunk: Buffer) => void;
  /** Is given the connections that the worker had not taken when it ended. */
  readonly onReturned?: (socket: net.Socket) => void;
  /** Is given what the worker tells. */
  readonly onTell?: (value: unknown) => void;
}

/** A worker of ours, as its parent sees it. */
export interface NodeProcess extends Process {
  /** Tells a worker that stands by to serve. */
  activate(): void;
  /** Hands an accepted connection over; see `onReturned`. */
  give(socket: net.Socket): void;
  /** Tells the worker something; lost when it has gone. */
  tell(value: unknown): void;
}

/** After the end of a process, how long what it wrote may still be under way, in milliseconds. */
const LAST_WORDS_MS = 500;

/**
 * Starts `node script` in a session and process group of its own, so that a key pressed at the terminal
 * is the parent's to answer. When it has ended, what is left of its group is killed.
 */
export function startNode(options: NodeOptions): NodeProcess {
  return new Worker(options);
}

class Worker implements NodeProcess {
  readonly pid: number;
  readonly ready: Promise<unknown>;
  readonly exited: Promise<Exit>;
  readonly leaving: Promise<string>;
  readonly #child: ChildProcess;
  readonly #tail = new Tail();
  readonly #watched: Watched;
  readonly #handing: Handing;
  #vitals: Vitals | undefined;
  #heardMs: number = clock.monotonicMs();
  #isReaped = false;
  #hasStopped = false;

  constructor(options: NodeOptions) {
    const child = spawnChild(options);
    this.#child = child;
    this.pid = child.pid ?? Number.NaN;
    const ready = deferred<unknown>();
    const leaving = deferred<string>();
    // Whoever only waits for the end must not die of a rejection nobody looked at.
    ready.promise.catch(() => undefined);
    this.ready = ready.promise;
    this.leaving = leaving.promise;
    this.#handing = new Handing(child, options.onReturned);
    this.#watched = new Watched(streamOf(child, DESCRIPTORS.watchdog));
    const { stdout } = options;
    if (typeof stdout === 'function') streamOf(child, 1)?.on('data', stdout);
    streamOf(child, 2)?.on('data', (chunk: Buffer) => {
      this.#tail.add(chunk);
      options.onStderr?.(chunk);
    });
    child.on('message', (value) => {
      const word = unwrap(value);
      if (!isOf<Word>(word, ['ready', 'failed', 'beat', 'taken', 'leaving', 'tell'])) return;
      this.#heardMs = clock.monotonicMs();
      if (word.type === 'ready') ready.resolve(word.info);
      else if (word.type === 'failed') ready.reject(toError(word));
      else if (word.type === 'beat') this.#vitals = word.vitals;
      else if (word.type === 'taken') this.#handing.taken(word.id);
      else if (word.type === 'leaving') leaving.resolve(word.why);
      else options.onTell?.(word.value);
    });
    this.exited = this.#end();
    this.#send({ type: 'boot', value: options.boot });
  }

  vitals(): Vitals | undefined {
    return this.#vitals;
  }

  silentMs(): number {
    return clock.monotonicMs() - this.#heardMs;
  }

  stuckAt(): string | undefined {
    return this.#watched.stack;
  }

  isSuspended(): boolean {
    return !this.#isReaped && (this.#watched.isDebugged || isSuspended(this.pid));
  }

  stop(reason: StopReason): void {
    if (this.#hasStopped) return;
    this.#hasStopped = true;
    this.#send({ type: 'stop', reason });
  }

  activate(): void {
    this.#send({ type: 'activate' });
  }

  give(socket: net.Socket): void {
    this.#handing.give(socket);
  }

  tell(value: unknown): void {
    this.#send({ type: 'tell', value });
  }

  signal(signal: NodeJS.Signals, options: { readonly group?: boolean } = {}): boolean {
    if (this.#isReaped || Number.isNaN(this.pid)) return false;
    return send(options.group === true ? -this.pid : this.pid, signal);
  }

  kill(): void {
    this.signal('SIGKILL', { group: true });
  }

  #send(order: Order): void {
    // Its end closes the channel before we are told of it: nobody is there to hear, and `exited` comes.
    if (this.#child.connected) this.#child.send(wrap(order), () => undefined);
  }

  #end(): Promise<Exit> {
    const child = this.#child;
    return new Promise((resolve) => {
      const finish = (exit: Omit<Exit, 'words'>): void => {
        resolve({ ...exit, words: this.#tail.lines });
      };
      child.once('error', (error) => {
        // A message that could not be sent is no end.
        if (child.pid === undefined) finish({ code: null, signal: null, error });
      });
      child.once('exit', (code, signal) => {
        this.#isReaped = true;
        this.#handing.end();
        // What it had started itself in its group: the number is not free while one of them lives.
        send(-this.pid, 'SIGKILL');
        const late = setTimeout(() => finish({ code, signal }), LAST_WORDS_MS);
        child.once('close', () => {
          clearTimeout(late);
          finish({ code, signal });
        });
      });
    });
  }
}

function spawnChild(options: NodeOptions): ChildProcess {
  const { script, execArgv = [], inherit = [], cwd, env, uid, gid, stdout } = options;
  const rest = inherit.map((entry) => (typeof entry === 'number' ? entry : entry.fd));
  return fork(script, [...(options.arguments ?? [])], {
    cwd,
    uid,
    gid,
    env: { ...env },
    execArgv: [...execArgv],
    detached: true,
    stdio: [
      'ignore',
      typeof stdout === 'function' ? 'pipe' : (stdout ?? 'inherit'),
      'pipe',
      'ipc',
      'pipe',
      ...rest,
    ],
  });
}

function streamOf(child: ChildProcess, fd: number): Readable | undefined {
  // Without descriptors left (EMFILE) spawn makes no streams at all, whatever its types say.
  const stdio: readonly unknown[] | undefined = child.stdio;
  const stream = stdio?.[fd];
  return stream instanceof Readable ? stream : undefined;
}

function toError({ detail, code }: Word & { readonly type: 'failed' }): errors.RodentError {
  return new errors.RodentError(detail, { code: errors.isCode(code) ? code : 'START_FAILED' });
}

function send(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal);
  } catch (error) {
    if (errors.hasCode(error, 'ESRCH') || errors.hasCode(error, 'EPERM')) return false;
    throw error;
  }
}

/**
 * Whether the process is stopped by a signal or held by a tracer; false where the system does not tell.
 *
 * Source: proc_pid_stat(5), field 3.
 */
export function isSuspended(pid: number): boolean {
  try {
    const stat = fs.readFileSync(`/proc/${pid}/stat`, 'latin1');
    const state = stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3);
    return state === 'T' || state === 't';
  } catch {
    // No /proc, or the process has gone.
    return false;
  }
}
