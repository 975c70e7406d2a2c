/** One connection for LISTEN: opened, asked within a time limit, and over at the first sign of trouble. */

import pg from 'pg';

import * as context from '../context/index.js';
import * as errors from '../errors/index.js';
import { describe, resolve } from './address.js';
import type { Address } from './address.js';
import { Client, configOf, destroy, internalsOf } from './client.js';
import { connectError } from './errors.js';
import { isOfTransport, transports } from './tls.js';

/** How long a polite end may take, in milliseconds. */
const END_MS = 1_000;

/** What the probe found. */
export interface Found {
  readonly isStandby: boolean;
  readonly channels: readonly string[];
}

export interface LinkOptions {
  readonly address: Address;
  readonly applicationName: string;
  /** How long the connection and each question may take, in milliseconds. */
  readonly limitMs: number;
  readonly onNotify: (channel: string, payload: string) => void;
}

/** See above. Once over it stays so: whoever wants to go on makes another. */
export class Link {
  readonly #options: LinkOptions;
  /** Done when the connection is over, with the reason as its cause. */
  readonly #ctx: context.CancelContext = context.withCancel(context.background());
  /** The latest; it may still be connecting. */
  #client: pg.Client | undefined;
  #isOpen = false;

  constructor(options: LinkOptions) {
    this.#options = options;
    // Also one that is being made: an attempt may take long, and nobody waits for it any more.
    context.afterFunc(this.#ctx, () => {
      if (this.#client !== undefined) destroy(this.#client);
    });
  }

  /** Opens the connection. */
  async connect(): Promise<void> {
    const { address, limitMs, applicationName } = this.#options;
    const target = resolve(address);
    const ways = transports(target);
    for (const [index, way] of ways.entries()) {
      const client = new Client(
        configOf(target, way, { applicationName, connectTimeoutMs: limitMs }),
      );
      this.#client = client;
      try {
        await this.#within(client.connect());
        return this.#adopt(client);
      } catch (error) {
        destroy(client);
        const isLast = index === ways.length - 1;
        if (isLast || !isOfTransport(error)) throw connectError(describe(address), error);
      }
    }
  }

  #adopt(client: pg.Client): void {
    this.#isOpen = true;
    client.on('error', (error) => this.destroy(error));
    client.on('end', () => this.destroy(new Error('the server ended the connection')));
    client.on('notification', ({ channel, payload = '' }) =>
      this.#options.onNotify(channel, payload),
    );
  }

  async listen(channels: readonly string[]): Promise<void> {
    const statements = channels.map((channel) => `listen ${pg.escapeIdentifier(channel)}`);
    await this.#within(this.#opened.query(statements.join('; ')));
  }

  /** Asks what the server is and what this connection listens on. */
  async probe(): Promise<Found> {
    const { rows } = await this.#within(
      this.#opened.query<Found>(
        `select pg_is_in_recovery() as "isStandby", array(select pg_listening_channels()) as channels`,
      ),
    );
    return rows[0] ?? { isStandby: false, channels: [] };
  }

  /**
   * Resolves after `ms` milliseconds; rejects with the reason when the connection is over before. Keeps
   * no process alive meanwhile, unlike a question.
   */
  async rest(ms: number): Promise<void> {
    const { stream } = internalsOf(this.#opened).connection;
    stream.unref();
    using timer = context.withTimeout(this.#ctx, ms);
    await context.done(timer);
    stream.ref();
    if (this.#ctx.err !== undefined) throw context.cause(this.#ctx);
  }

  /** Ends the connection, politely where that takes less than a second. */
  async end(): Promise<void> {
    if (this.#isOpen && this.#ctx.err === undefined) {
      using limit = context.withTimeout(this.#ctx, END_MS);
      internalsOf(this.#opened).connection.stream.ref();
      // Whatever becomes of it: it is destroyed next.
      await context.race(limit, this.#opened.end()).catch(() => undefined);
    }
    this.destroy(new Error('the connection was closed'));
  }

  /** Ends the connection at once, for `reason`, unless it is over already. */
  destroy(reason: unknown): void {
    this.#ctx.cancel(reason);
  }

  get #opened(): pg.Client {
    if (this.#client !== undefined) return this.#client;
    throw new errors.RodentError('The connection has not been opened.');
  }

  /** Settles as `promise` does; rejects with the reason when the connection is over or time is up. */
  async #within<T>(promise: Promise<T>): Promise<T> {
    using limit = context.withTimeout(this.#ctx, this.#options.limitMs);
    try {
      return await context.race(limit, promise);
    } catch (error) {
      if (this.#ctx.err !== undefined) throw context.cause(this.#ctx);
      if (limit.err === undefined) throw error;
      throw new errors.RodentError(
        `The database does not answer: nothing came within ${this.#options.limitMs} ms.`,
        { code: 'DATABASE_UNAVAILABLE', cause: error },
      );
    }
  }
}
