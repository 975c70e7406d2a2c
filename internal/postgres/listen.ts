/** A subscription to notifications that survives the connection it comes over. */

import * as context from '../context/index.js';
import * as errors from '../errors/index.js';
import type { Address } from './address.js';
import { Link } from './listen-link.js';

export interface ListenOptions {
  readonly address: Address;
  /** What the server shows for the connection. */
  readonly applicationName: string;
  /** At least one; up to 63 bytes each, taken as they are written. */
  readonly channels: readonly string[];
  /** Told each notification; the payload is empty where none was given. */
  readonly onNotify: (channel: string, payload: string) => void;
  /** Told after each LISTEN that went through: what was notified before is lost, so read it up now. */
  readonly onConnected: () => void;
  /** Default: nobody. */
  readonly observe?: (event: ListenEvent) => void;
  /** How often the connection is probed, and a standby looked at; default 10 s. */
  readonly probeMs?: number;
  /** How long a connection and each answer may take; default 5 s. */
  readonly probeTimeoutMs?: number;
  /** How long to wait before connecting again. */
  readonly backoff?: ListenBackoff;
}

/** A ladder that doubles, each step made longer by up to a half by chance. Times in milliseconds. */
export interface ListenBackoff {
  /** Default 100. */
  readonly firstMs?: number;
  /** Default 10 s. */
  readonly lastMs?: number;
  /** Draws the jitter, from 0 to below 1; default Math.random. */
  readonly random?: () => number;
}

/** What a subscription goes through. */
export type ListenEvent =
  | { readonly type: 'LISTENING' }
  /** The server is a standby: it delivers no notifications, so poll until LISTENING. */
  | { readonly type: 'LISTEN_ON_STANDBY' }
  /** There is no connection; the next attempt comes in `retryMs` milliseconds. */
  | { readonly type: 'LISTEN_LOST'; readonly error: unknown; readonly retryMs: number };

export interface Subscription {
  /** Whether notifications arrive, as far as is known. */
  readonly isListening: boolean;
  /** Whether the server is a standby, as far as is known. */
  readonly isStandby: boolean;
  /** Ends the subscription, at any moment; nothing is told once it has been called. Idempotent. */
  close(): Promise<void>;
}

/**
 * Listens on a connection of its own. It never gives up: an error, an end, a missing channel or a probe
 * without an answer (what a half-open connection is found by) destroys the connection, and after a
 * jittered backoff there is another, LISTEN and `onConnected`. A standby is told, not listened on, and
 * looked at again with each probe. Notifications are hints: what counts is read in `onConnected`.
 *
 * It keeps the process alive while it connects or asks, not while it waits. What a callback throws is an
 * `uncaughtException` and leaves the subscription as it is.
 *
 * @throws RodentError INTERNAL for channels that no server would take.
 * @example
 * const subscription = postgres.listen({
 *   address,
 *   applicationName: 'rodent',
 *   channels: ['cron_trigger'],
 *   onNotify: (_, database) => wake(database),
 *   onConnected: () => wakeAll(),
 * });
 * Source: W-INP-4; R-INP-56.
 */
export function listen(options: ListenOptions): Subscription {
  const wrong = options.channels.find((name) => name === '' || Buffer.byteLength(name) > 63);
  if (wrong !== undefined || options.channels.length === 0) {
    throw new errors.RodentError(
      `Cannot listen on the channel "${wrong ?? ''}": its name must have 1 to 63 bytes.`,
    );
  }
  return new Listener(options);
}

type State = 'away' | 'listening' | 'standby';

class Listener implements Subscription {
  readonly #options: ListenOptions;
  readonly #ctx: context.CancelContext = context.withCancel(context.background());
  readonly #ended: Promise<void>;
  #link: Link | undefined;
  #state: State = 'away';
  /** How many attempts failed since a probe went well. */
  #failures = 0;

  constructor(options: ListenOptions) {
    this.#options = options;
    this.#ended = this.#run();
  }

  get isListening(): boolean {
    return this.#state === 'listening';
  }

  get isStandby(): boolean {
    return this.#state === 'standby';
  }

  async close(): Promise<void> {
    this.#ctx.cancel();
    this.#state = 'away';
    await this.#link?.end();
    await this.#ended;
  }

  get #isClosed(): boolean {
    return this.#ctx.err !== undefined;
  }

  async #run(): Promise<void> {
    while (!this.#isClosed) {
      try {
        await this.#attend();
      } catch (error) {
        await this.#recover(error);
      }
    }
  }

  /** Connects, listens and probes, until something is wrong. */
  async #attend(): Promise<never> {
    const { address, applicationName, probeMs = 10_000, probeTimeoutMs = 5_000 } = this.#options;
    const onNotify = (channel: string, payload: string): void =>
      this.#tell(() => this.#options.onNotify(channel, payload));
    const link = new Link({ address, applicationName, limitMs: probeTimeoutMs, onNotify });
    this.#link = link;
    await link.connect();
    await this.#look(link);
    for (;;) {
      await link.rest(probeMs);
      await this.#look(link);
      this.#failures = 0;
    }
  }

  async #look(link: Link): Promise<void> {
    const { isStandby, channels } = await link.probe();
    if (this.#state === 'listening') return this.#requireListening(isStandby, channels);
    if (!isStandby) return this.#listen(link);
    if (this.#state === 'standby') return;
    this.#enter('standby');
    this.#tell(() => this.#options.observe?.({ type: 'LISTEN_ON_STANDBY' }));
  }

  #requireListening(isStandby: boolean, channels: readonly string[]): void {
    const missing = this.#options.channels.find((channel) => !channels.includes(channel));
    if (missing === undefined && !isStandby) return;
    throw new errors.RodentError(
      isStandby
        ? 'The database has become a standby.'
        : `The connection no longer listens on the channel "${missing ?? ''}".`,
      { code: 'DATABASE_UNAVAILABLE' },
    );
  }

  async #listen(link: Link): Promise<void> {
    await link.listen(this.#options.channels);
    this.#enter('listening');
    this.#tell(() => {
      this.#options.observe?.({ type: 'LISTENING' });
      this.#options.onConnected();
    });
  }

  async #recover(error: unknown): Promise<void> {
    this.#link?.destroy(error);
    this.#enter('away');
    const retryMs = delayMs(this.#failures, this.#options.backoff);
    this.#failures += 1;
    this.#tell(() => this.#options.observe?.({ type: 'LISTEN_LOST', error, retryMs }));
    using timer = context.withTimeout(this.#ctx, retryMs);
    await context.done(timer);
  }

  #enter(state: State): void {
    if (!this.#isClosed) this.#state = state;
  }

  /** Calls back outside the driver, whose state an error of the callback would break. */
  #tell(call: () => void): void {
    queueMicrotask(() => {
      if (!this.#isClosed) call();
    });
  }
}

function delayMs(failures: number, backoff: ListenBackoff = {}): number {
  const { firstMs = 100, lastMs = 10_000, random = Math.random } = backoff;
  return Math.min(firstMs * 2 ** failures, lastMs) * (1 + random() / 2);
}
