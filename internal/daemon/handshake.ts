/** The side of the started process: it takes what was left to it and says how the start went. */

import net from 'node:net';

import * as deferred from '../deferred/index.js';
import type { Deferred } from '../deferred/index.js';
import * as errors from '../errors/index.js';
import * as channel from './channel.js';
import * as handover from './handover.js';

/** The started process's end of the start; harmless when nobody waits at the other end. */
export interface Handshake {
  /** `alone`: started by hand, by an init system, by anything but this package. */
  readonly role: 'alone' | 'daemon' | 'successor';
  /** Whether this process was launched into its own session, away from the terminal. */
  readonly isDetached: boolean;
  /**
   * Says that the service stands and waits for the starter's `go`, whose value it returns; returns at
   * once when alone. Calling it again returns the same.
   *
   * @param info - passed to the starter: JSON, a few kilobytes at most.
   * @throws RodentError CANCELED when the starter left before; the service must then end.
   */
  ready(info?: unknown): Promise<unknown>;
  /**
   * Says why the service cannot stand; the first word counts. The process must end after it: what
   * does not end is stopped by the starter.
   *
   * @param exitCode - the exit status it will end with; default: that of the error's code.
   */
  failed(error: unknown, exitCode?: number): void;
  /** Returns the descriptor that the starter passed on as `name`; undefined when it passed none. */
  inherited(name: string): number | undefined;
  /** Resolves when the starter has gone for good, proven by its end of the pipe; at once when alone. Does not keep the event loop alive. */
  readonly starterLeft: Promise<void>;
}

/**
 * The one handshake of this process. It hangs on `process`, because descriptor and variable exist once
 * a process, whichever part of it, or second copy of this package, asks first.
 */
const OWN = Symbol.for('rodent.daemon.handshake');

/** What stands on stderr of the starter must be a sentence, not a book. */
const DETAIL_LIMIT_CHARS = 16_384;

/**
 * Takes the hand-over out of the environment, at the first call, and returns this process's handshake.
 *
 * @example
 * const start = daemon.handshake();
 * try {
 *   const listener = await listen(start.inherited('http'));
 *   await start.ready({ url: listener.url });
 * } catch (error) {
 *   start.failed(error);
 *   throw error;
 * }
 */
export function handshake(): Handshake {
  const holder: NodeJS.Process & { [OWN]?: Handshake } = process;
  holder[OWN] ??= take();
  return holder[OWN];
}

function take(): Handshake {
  const taken = handover.take(process.env);
  return taken === undefined ? alone() : new Conversation(taken);
}

function alone(): Handshake {
  return {
    role: 'alone',
    isDetached: false,
    ready: () => Promise.resolve(),
    failed: () => undefined,
    inherited: () => undefined,
    starterLeft: Promise.resolve(),
  };
}

class Conversation implements Handshake {
  readonly role: 'daemon' | 'successor';
  readonly isDetached: boolean;
  readonly starterLeft: Promise<void>;
  readonly #inherited: handover.Handover['inherited'];
  readonly #channel: channel.Channel;
  readonly #go: Deferred<unknown> = deferred.create();
  #said: 'nothing' | 'ready' | 'failed' | 'done' = 'nothing';

  constructor({ role, pipe, inherited }: handover.Handover) {
    this.role = role;
    this.isDetached = role === 'daemon';
    this.#inherited = inherited;
    const socket = new net.Socket({ fd: pipe, readable: true, writable: true });
    this.#channel = channel.open(socket, (message) => this.#hear(message));
    this.#channel.hold(false);
    this.starterLeft = this.#channel.ended;
    void this.starterLeft.then(() => this.#leave());
    process.on('uncaughtExceptionMonitor', this.#onUncaught);
    process.on('exit', this.#onExit);
  }

  ready(info?: unknown): Promise<unknown> {
    if (this.#said === 'nothing') {
      this.#said = 'ready';
      this.#channel.hold(true);
      this.#channel.send({ type: 'ready', pid: process.pid, info });
    }
    return this.#go.promise;
  }

  failed(error: unknown, exitCode?: number): void {
    if (this.#said === 'failed' || this.#said === 'done') return;
    this.#said = 'failed';
    const code = errors.isRodentError(error) ? error.code : 'START_FAILED';
    this.#channel.send({
      type: 'failed',
      detail: errors.describe(error).slice(0, DETAIL_LIMIT_CHARS),
      code,
      exitCode: exitCode ?? errors.exitStatus(code),
    });
    // The descriptor stays open: its end tells the starter that this process is really gone.
    this.#channel.hold(false);
  }

  inherited(name: string): number | undefined {
    const entry = Object.hasOwn(this.#inherited, name) ? this.#inherited[name] : undefined;
    return entry !== undefined && handover.isIntact(entry) ? entry.fd : undefined;
  }

  #hear(message: channel.Message): void {
    if (message.type !== 'go' || this.#said !== 'ready') return;
    this.#finish();
    this.#go.resolve(message.info);
    // A predecessor's end of the pipe still has something to tell: that it has left.
    if (this.role === 'daemon') this.#channel.close();
  }

  #leave(): void {
    if (this.#said === 'done') return;
    this.#finish();
    const detail = 'The command that started this service left before the service was ready.';
    this.#go.promise.catch(() => undefined);
    this.#go.reject(new errors.RodentError(detail, { code: 'CANCELED' }));
  }

  #finish(): void {
    this.#said = 'done';
    this.#channel.hold(false);
    process.off('uncaughtExceptionMonitor', this.#onUncaught);
    process.off('exit', this.#onExit);
  }

  readonly #onUncaught = (error: unknown): void => this.failed(error);

  readonly #onExit = (exitCode: number): void => {
    if (this.#said !== 'failed') this.#channel.send({ type: 'exit', exitCode });
  };
}
