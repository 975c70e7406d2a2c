/** A service's line to systemd: verbs that never wait, and the watchdog's pings. */

import { setTimeout as sleep } from 'node:timers/promises';

import * as errors from '../errors/index.js';
import { assignmentsOf, enqueue } from './message.js';
import type { Message } from './message.js';
import { isMissing, run } from './program.js';
import { take } from './variables.js';
import type { Channel, Environment } from './variables.js';

/** How a service speaks to systemd. */
export interface NotifierOptions {
  /** The environment of the process; the variables of systemd are taken out of it. */
  readonly env: Environment;
  /**
   * Whether the service is well, asked before each ping; a throw means no. Default: always yes, which
   * says that the event loop turns.
   */
  readonly isAlive?: () => boolean;
  /** Given what cannot be told, once until telling works again. Default: nobody is told. */
  readonly onProblem?: (problem: errors.RodentError) => void;
  /** The process that speaks; default: this one. */
  readonly pid?: number;
  /** Milliseconds that one run of systemd-notify may take; its own limit is 5 s. Default: 10 s. */
  readonly limitMs?: number;
}

/** Everything but `flush` and `close` returns at once, and nothing throws. */
export interface Notifier {
  /** Whether a systemd listens; without one, all verbs do nothing. */
  readonly isActive: boolean;
  /** Milliseconds within which systemd wants a ping; undefined when it wants none. */
  readonly watchdogMs: number | undefined;
  /** The service serves: after its start, and after each reload, also after one that failed. */
  ready(status?: string): void;
  /** As `ready`, and the service is process `pid` (default: this one) from now on. */
  takeOver(status?: string, pid?: number): void;
  /** A reload begins, with the moment that `Type=notify-reload` wants; `ready` ends it. */
  reloading(status?: string): void;
  /** The service ends. Nothing but `status` is said after it. */
  stopping(status?: string): void;
  /** One line for `systemctl status`. */
  status(text: string): void;
  /** Variables for the environment of a successor, whom systemd shall hear in our place. */
  heir(): Readonly<Record<string, string>>;
  /** Resolves when systemd has heard all that was said, or cannot hear it. Never rejects. */
  flush(): Promise<void>;
  /** Ends the pings and all talk, once what was said has gone out. Idempotent, never rejects. */
  close(): Promise<void>;
}

const LIMIT_MS = 10_000;
/** How often one message is tried when the program fails, and the pause in between. */
const ATTEMPTS = 3;
const PAUSE_MS = 500;

/**
 * Opens the line to the systemd that `env` names, and begins to ping its watchdog at half its period;
 * where there is none, every verb does nothing.
 *
 * @example
 * const notifier = systemd.open({ env, isAlive: () => life.phase === 'ready', onProblem });
 * life.registerShutdownHook('systemd', () => notifier.close());
 */
export function open(options: NotifierOptions): Notifier {
  const pid = options.pid ?? process.pid;
  const channel = take(options.env, pid);
  return channel === undefined ? SILENT : new Line(channel, { ...options, pid });
}

const SILENT: Notifier = {
  isActive: false,
  watchdogMs: undefined,
  ready: () => {},
  takeOver: () => {},
  reloading: () => {},
  stopping: () => {},
  status: () => {},
  heir: () => ({}),
  flush: () => Promise.resolve(),
  close: () => Promise.resolve(),
};

type LineOptions = NotifierOptions & { readonly pid: number };

class Line implements Notifier {
  readonly isActive = true;
  readonly watchdogMs: number | undefined;
  readonly #channel: Channel;
  readonly #options: LineOptions;
  readonly #timer: NodeJS.Timeout | undefined;
  readonly #closing = new AbortController();
  #waiting: readonly Message[] = [];
  /** What sends the waiting messages; undefined while there are none. */
  #sending: Promise<void> | undefined;
  #isStopping = false;
  /** Failures to tell since the last success. */
  #failures = 0;
  #isProbeBroken = false;

  constructor(channel: Channel, options: LineOptions) {
    this.#channel = channel;
    this.#options = options;
    this.watchdogMs = channel.watchdogMs;
    if (channel.watchdogMs === undefined) return;
    this.#timer = setInterval(() => this.#ping(), channel.watchdogMs / 2);
    this.#timer.unref();
  }

  ready(status?: string): void {
    this.#tell({ state: 'READY', ...withStatus(status) });
  }

  takeOver(status?: string, pid: number = this.#options.pid): void {
    // Its watchdog has run since the predecessor's last ping.
    const isPing = this.watchdogMs === undefined ? {} : { isPing: true };
    this.#tell({ state: 'READY', mainPid: pid, ...withStatus(status), ...isPing });
  }

  reloading(status?: string): void {
    // hrtime reads CLOCK_MONOTONIC, the clock that systemd compares with; performance.now() has an
    // origin of its own.
    const monotonicUsec = process.hrtime.bigint() / 1000n;
    this.#tell({ state: 'RELOADING', monotonicUsec, ...withStatus(status) });
  }

  stopping(status?: string): void {
    this.#tell({ state: 'STOPPING', ...withStatus(status) });
    this.#isStopping = true;
  }

  status(text: string): void {
    this.#tell({ status: text });
  }

  heir(): Readonly<Record<string, string>> {
    return this.#channel.heir;
  }

  async flush(): Promise<void> {
    while (this.#sending !== undefined) await this.#sending;
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#closing.abort();
    await this.flush();
  }

  #ping(): void {
    try {
      const { isAlive } = this.#options;
      if (isAlive?.() !== false) this.#tell({ isPing: true });
      this.#isProbeBroken = false;
    } catch (error) {
      // A probe that fails says that something is wrong, which is what the watchdog is for.
      const detail = `Cannot tell whether the service is alive: ${errors.describe(error)}`;
      const problem = new errors.RodentError(detail, { code: 'INIT_SYSTEM', cause: error });
      if (!this.#isProbeBroken) this.#report(problem);
      this.#isProbeBroken = true;
    }
  }

  #tell(message: Message): void {
    if (this.#closing.signal.aborted) return;
    if (this.#isStopping && message.state !== undefined) return;
    this.#waiting = enqueue(this.#waiting, message);
    this.#sending ??= this.#sendAll();
  }

  async #sendAll(): Promise<void> {
    await Promise.resolve(); // What is said in this turn goes out together.
    for (;;) {
      const [next, ...rest] = this.#waiting;
      if (next === undefined) break;
      this.#waiting = rest;
      await this.#send(next);
    }
    this.#sending = undefined;
  }

  async #send(message: Message): Promise<void> {
    const { env, limitMs = LIMIT_MS } = this.#options;
    const { socket } = this.#channel;
    const problem = await run(assignmentsOf(message), { socket, env, limitMs });
    if (problem === undefined) {
      this.#failures = 0;
      return;
    }
    this.#failures += 1;
    if (this.#failures === 1) this.#report(problem);
    const isHopeless = isMissing(problem) || this.#failures >= ATTEMPTS;
    if (isHopeless || this.#closing.signal.aborted) return;
    const { signal } = this.#closing;
    await sleep(PAUSE_MS, undefined, { signal }).catch(() => undefined); // Closing ends the pause.
    this.#waiting = [message, ...this.#waiting].reduce(enqueue, []);
  }

  #report(problem: errors.RodentError): void {
    try {
      this.#options.onProblem?.(problem);
    } catch {
      // The service must not suffer from its observer.
    }
  }
}

function withStatus(status: string | undefined): { readonly status?: string } {
  return status === undefined ? {} : { status };
}
