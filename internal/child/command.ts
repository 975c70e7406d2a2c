/** A program in any language as a process that is kept. */

import type { ChildProcess } from 'node:child_process';
import type { Readable } from 'node:stream';

import type { CommandOptions, Sink } from './command-options.js';
import { spawnCommand } from './command-spawn.js';
import type { Spawned } from './command-spawn.js';
import type { Exit, Process, StopReason, Vitals } from './process.js';
import { isSuspended, send } from './signal.js';
import { Tail } from './tail.js';

/** How long (ms) output is waited for after the end: a daemon that left may hold it open for ever. */
const DRAIN_MS = 1_000;

/**
 * Starts a program in a session and process group of its own, with stdin from /dev/null. Never throws:
 * what could not be started has no pid and its `exited` tells why, in one sentence.
 *
 * `stop` sends the stop signal and, so that a suspended program can die of it, SIGCONT. When the leader
 * ends, however, the rest of its group is killed (unless `killAsGroup` is false), so no grandchild is
 * left. A command must stay in the foreground: one that makes a daemon of itself counts as ended, at
 * once, and the daemon is out of reach. Exit status and signals are the leader's.
 *
 * Readiness: the program writes one newline to descriptor 3 and may close it. Output that goes to a
 * function comes through a pipe that can be opened as /dev/stdout too.
 *
 * Source: supervisord, [program:x]; s6, "notification-fd"; R-SUP-17, R-SUP-18.
 */
export function startCommand(options: CommandOptions): Process {
  const spawned = spawnCommand(options);
  return 'reason' in spawned ? notStarted(spawned.reason) : new Command(spawned, options);
}

/** A process that could not be started; `reason` becomes the error of its exit. */
export function notStarted(reason: Error | Promise<Error>): Process {
  return {
    pid: Number.NaN,
    ready: never(),
    exited: Promise.resolve(reason).then(unstarted),
    leaving: never(),
    vitals: () => undefined,
    silentMs: () => 0,
    stuckAt: () => undefined,
    isSuspended: () => false,
    stop: () => undefined,
    signal: () => false,
    kill: () => undefined,
  };
}

function unstarted(error: Error): Exit {
  return { code: null, signal: null, error, words: [] };
}

class Command implements Process {
  readonly pid: number;
  readonly ready: Promise<unknown>;
  readonly exited: Promise<Exit>;
  readonly leaving: Promise<string> = never();
  readonly #options: CommandOptions;
  readonly #tail = new Tail();
  #isReaped = false;
  #isStopping = false;

  constructor({ child, pid, stdout, stderr, notices }: Spawned, options: CommandOptions) {
    this.pid = pid;
    this.#options = options;
    options.guard?.add(pid);
    const { stdout: toStdout, stderr: toStderr } = options;
    stdout?.on('data', (chunk: Buffer) => feed(toStdout, chunk));
    stderr?.on('data', (chunk: Buffer) => {
      this.#tail.add(chunk);
      feed(toStderr, chunk);
    });
    this.ready = notices === undefined ? never() : firstNewline(notices);
    this.exited = this.#end(child, [stdout, stderr, notices]);
  }

  vitals(): Vitals | undefined {
    return undefined;
  }

  silentMs(): number {
    return 0;
  }

  stuckAt(): string | undefined {
    return undefined;
  }

  isSuspended(): boolean {
    return !this.#isReaped && isSuspended(this.pid);
  }

  stop(_reason: StopReason): void {
    if (this.#isStopping) return;
    this.#isStopping = true;
    const group = this.#options.stopAsGroup ?? false;
    this.signal(this.#options.stopSignal ?? 'SIGTERM', { group });
    this.signal('SIGCONT', { group });
  }

  signal(signal: NodeJS.Signals, { group = false }: { readonly group?: boolean } = {}): boolean {
    return !this.#isReaped && send(group ? -this.pid : this.pid, signal);
  }

  kill(): void {
    this.signal('SIGKILL', { group: this.#options.killAsGroup ?? true });
  }

  #end(child: ChildProcess, streams: readonly (Readable | undefined)[]): Promise<Exit> {
    const ended = streams.map((stream) => endOf(stream));
    return new Promise((resolve) => {
      child.once('exit', (code, signal) => {
        this.#clear();
        void settled(ended, DRAIN_MS).then(() => {
          for (const stream of streams) stream?.destroy();
          resolve({ code, signal, words: this.#tail.lines });
        });
      });
    });
  }

  /**
   * In the very turn in which the leader was reaped: as long as its group has a member, its number is
   * taken; without one there is nobody to hit.
   */
  #clear(): void {
    this.#isReaped = true;
    if (this.#options.killAsGroup ?? true) send(-this.pid, 'SIGKILL');
    this.#options.guard?.remove(this.pid);
  }
}

function feed(sink: Sink | undefined, chunk: Buffer): void {
  if (typeof sink === 'function') sink(chunk);
}

/** What comes after the newline is read and forgotten: a closed pipe would kill who still writes. */
function firstNewline(notices: Readable): Promise<void> {
  return new Promise((resolve) => {
    notices.on('data', (chunk: Buffer) => {
      if (chunk.includes('\n')) resolve();
    });
  });
}

function endOf(stream: Readable | undefined): Promise<void> {
  if (stream === undefined) return Promise.resolve();
  return new Promise((resolve) => {
    stream.once('close', resolve).once('error', () => resolve());
  });
}

async function settled(ended: readonly Promise<void>[], limitMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, limitMs);
  });
  await Promise.race([Promise.all(ended), limit]);
  clearTimeout(timer);
}

function never<T>(): Promise<T> {
  return new Promise(() => undefined);
}
