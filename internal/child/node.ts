/** A worker of ours: a Node process that says when it is ready and how it is, and ends when it is told. */

import type { ChildProcess } from 'node:child_process';
import type net from 'node:net';

import * as clock from '../clock/index.js';
import * as deferred from '../deferred/index.js';
import * as errors from '../errors/index.js';
import { openChannel } from './channel.js';
import type { Channel } from './channel.js';
import { guardChannel, Handing } from './handing.js';
import type { Order, Word } from './message.js';
import { isOf } from './message.js';
import type { NodeOptions } from './node-options.js';
import { closeStreams, spawnWorker } from './node-spawn.js';
import type { Spawned } from './node-spawn.js';
import type { Exit, Process, StopReason, Vitals } from './process.js';
import { isSuspended, send } from './signal.js';
import { Tail } from './tail.js';
import { Watched } from './watched.js';

/** A worker of ours, as its parent sees it. */
export interface NodeProcess extends Process {
  /** Tells a worker that stands by to serve, in the place of that name. */
  activate(name?: string): void;
  /** Hands an accepted connection over; see `handsConnections` and `onReturned`. */
  give(socket: net.Socket): void;
  /** Tells the worker something; lost when it has gone. */
  tell(value: unknown): void;
}

/** After the end of a process, how long what it wrote may still be under way, in milliseconds. */
const LAST_WORDS_MS = 500;

/**
 * Starts `node script` in a session and process group of its own, so that a key pressed at the terminal
 * is the parent's to answer. When it has ended, what is left of its group is killed. One that floods the
 * channel with a line without end is killed too: it would fill the memory of its parent.
 */
export function startNode(options: NodeOptions): NodeProcess {
  return new Worker(options);
}

class Worker implements NodeProcess {
  readonly pid: number;
  readonly ready: Promise<unknown>;
  readonly exited: Promise<Exit>;
  readonly leaving: Promise<string>;
  readonly #options: NodeOptions;
  readonly #ready = deferred.create<unknown>();
  readonly #leaving = deferred.create<string>();
  readonly #tail = new Tail();
  readonly #watched: Watched;
  readonly #handing: Handing;
  readonly #channel: Channel | undefined;
  #vitals: Vitals | undefined;
  #heardMs: number = clock.monotonicMs();
  #isReaped = false;
  #hasStopped = false;

  constructor(options: NodeOptions) {
    this.#options = options;
    // Whoever only waits for the end must not die of a rejection nobody looked at.
    this.#ready.promise.catch(() => undefined);
    this.ready = this.#ready.promise;
    this.leaving = this.#leaving.promise;
    const spawned = spawnWorker(options);
    const started = 'reason' in spawned ? undefined : spawned;
    this.pid = started?.pid ?? Number.NaN;
    this.#handing = new Handing(started?.child, options.onReturned);
    this.#watched = new Watched(started?.watchdog);
    this.#channel = started === undefined ? undefined : this.#connect(started);
    this.exited = 'reason' in spawned ? this.#fail(spawned.reason) : this.#end(spawned.child);
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

  activate(name?: string): void {
    this.#send({ type: 'activate', name });
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

  #connect({ child, stdout, stderr, pipes }: Spawned): Channel {
    const { boot, onStderr, stdout: onStdout } = this.#options;
    for (const stream of [stdout, stderr]) stream?.on('error', () => undefined);
    if (typeof onStdout === 'function') stdout?.on('data', onStdout);
    stderr?.on('data', (chunk: Buffer) => {
      this.#tail.add(chunk);
      onStderr?.(chunk);
    });
    // A connection that could not be sent is no end.
    child.on('error', () => undefined);
    guardChannel(child, () => this.kill());
    const channel = openChannel(pipes, {
      onMessage: (message) => this.#hear(message),
      onFlood: () => this.kill(),
    });
    channel.send({ type: 'boot', value: boot });
    return channel;
  }

  #hear(word: unknown): void {
    if (!isOf<Word>(word, ['ready', 'failed', 'beat', 'taken', 'leaving', 'tell'])) return;
    this.#heardMs = clock.monotonicMs();
    if (word.type === 'ready') this.#ready.resolve(word.info);
    else if (word.type === 'failed') this.#ready.reject(toError(word));
    else if (word.type === 'beat') this.#vitals = word.vitals;
    else if (word.type === 'taken') this.#handing.taken(word.id);
    else if (word.type === 'leaving') this.#leaving.resolve(word.why);
    else this.#options.onTell?.(word.value);
  }

  #send(order: Order): void {
    // Its end closes the channel before we are told of it: nobody is there to hear, and `exited` comes.
    this.#channel?.send(order);
  }

  async #fail(reason: Promise<Error>): Promise<Exit> {
    const error = await reason;
    this.#handing.end();
    return { code: null, signal: null, error, words: [] };
  }

  #end(child: ChildProcess): Promise<Exit> {
    return new Promise((resolve) => {
      child.once('exit', (code, signal) => {
        this.#isReaped = true;
        // What it had started itself in its group: the number is not free while one of them lives.
        send(-this.pid, 'SIGKILL');
        // Before that, it may have said that it has a connection.
        void this.#channel?.closed.then(() => this.#handing.end());
        const finish = (): void => {
          clearTimeout(late);
          closeStreams(child);
          this.#handing.end();
          resolve({ code, signal, words: this.#tail.lines });
        };
        // After a look at what has arrived: this process may have stood still all the while.
        const late = setTimeout(() => setImmediate(finish), LAST_WORDS_MS);
        child.once('close', finish);
      });
    });
  }
}

function toError({ detail, code }: Word & { readonly type: 'failed' }): errors.RodentError {
  return new errors.RodentError(detail, { code: errors.isCode(code) ? code : 'START_FAILED' });
}
