/** Makes connections to one server, keeps those that rest, and hands out none that is stale. */

import { setTimeout as sleep } from 'node:timers/promises';

import pg from 'pg';

import * as clock from '../clock/index.js';
import * as deferred from '../deferred/index.js';
import type { Address, Target } from './address.js';
import { describe, passwordOf, resolve } from './address.js';
import { Client, configOf, destroy } from './client.js';
import type { ClientOptions } from './client.js';
import { connectError, isUnavailable } from './errors.js';
import type { Observer } from './event.js';
import { isOfTransport, transports } from './tls.js';
import { within } from './within.js';

/** A connection outlives neither a move of the server nor a slow leak in it for long. */
const MAX_LIFETIME_S = 1800;
/** How long resting connections may take to end, in milliseconds. */
const END_MS = 1000;
/** Between two tries to reach a server that is away, in milliseconds. */
const RETRY_MS = 50;
/** How old the knowledge of the password file may be, in milliseconds. */
const PASSWORD_AGE_MS = 1000;

export interface ConnectorOptions {
  readonly address: Address;
  readonly client: ClientOptions;
  readonly maxConnections: number;
  readonly idleMs: number;
  /** How long a server that is away is tried again, in milliseconds. */
  readonly patienceMs: number;
  readonly tell: Observer;
}

/** See above. It is asked for no more than `maxConnections` at once, so nobody waits inside. */
export class Connector {
  readonly #address: string;
  readonly #target: Target;
  readonly #client: ClientOptions;
  readonly #patienceMs: number;
  readonly #pool: pg.Pool;
  /** The connections that are open, each with the password that was in force when it was made. */
  readonly #open = new Map<pg.ClientBase, string | undefined>();
  readonly #empty = deferred.create<void>();
  /** Which way was gone last; see `transports`. */
  #way = 0;
  #next: pg.ClientConfig = {};
  #password: string | undefined;
  #passwordMs = Number.NEGATIVE_INFINITY;

  constructor(options: ConnectorOptions) {
    this.#address = describe(options.address);
    this.#target = resolve(options.address);
    this.#client = options.client;
    this.#patienceMs = options.patienceMs;
    this.#pool = this.#create(options);
  }

  get total(): number {
    return this.#pool.totalCount;
  }

  get idle(): number {
    return this.#pool.idleCount;
  }

  /**
   * Returns a connection, which goes back by its `release`: made with the password in force, and in no
   * transaction that somebody left open.
   *
   * @throws RodentError DATABASE_UNAVAILABLE or DATABASE_REFUSED; FILE for an unreadable certificate.
   */
  async connect(): Promise<pg.PoolClient> {
    for (;;) {
      this.#readPassword();
      const client = await this.#await();
      const isFit =
        this.#open.get(client) === this.#password && client.getTransactionStatus() === 'I';
      if (isFit) return client;
      client.release(true);
    }
  }

  /** Ends what rests, and later what comes back; resolves when all have ended, or in a second. */
  async end(): Promise<void> {
    void this.#pool.end();
    if (this.#open.size > 0) await within(END_MS, this.#empty.promise);
    for (const client of this.#open.keys()) destroy(client);
  }

  #create({ maxConnections, idleMs, tell }: ConnectorOptions): pg.Pool {
    const next = (): pg.ClientConfig => this.#next;
    const pool = new pg.Pool({
      max: maxConnections,
      idleTimeoutMillis: idleMs,
      maxLifetimeSeconds: MAX_LIFETIME_S,
      // Set here too: without it pg-pool queues for ever.
      connectionTimeoutMillis: this.#client.connectTimeoutMs ?? 0,
      allowExitOnIdle: true,
      Client: class extends Client {
        constructor() {
          super(next());
        }
      },
    });
    pool.on('error', (error) => tell({ type: 'CONNECTION_LOST', error }));
    pool.on('connect', (client) => {
      this.#open.set(client, this.#password);
      client.once('end', () => this.#forget(client));
    });
    return pool;
  }

  #forget(client: pg.ClientBase): void {
    this.#open.delete(client);
    if (this.#open.size === 0) this.#empty.resolve();
  }

  /** Nothing has been asked of a server that is away, so trying again does nothing twice. */
  async #await(): Promise<pg.PoolClient> {
    const endMs = clock.monotonicMs() + this.#patienceMs;
    for (;;) {
      try {
        return await this.#reach();
      } catch (error) {
        if (!isUnavailable(error) || this.#pool.ending || clock.monotonicMs() >= endMs) throw error;
      }
      await sleep(RETRY_MS);
    }
  }

  async #reach(): Promise<pg.PoolClient> {
    const ways = transports(this.#target);
    for (let tries = 1; ; tries += 1) {
      const way = this.#way % ways.length;
      this.#next = configOf(this.#target, ways[way] ?? false, this.#client);
      try {
        return await this.#pool.connect();
      } catch (error) {
        if (tries >= ways.length || !isOfTransport(error)) throw connectError(this.#address, error);
        this.#way = way + 1;
      }
    }
  }

  #readPassword(): void {
    const now = clock.monotonicMs();
    if (now - this.#passwordMs < PASSWORD_AGE_MS) return;
    this.#password = passwordOf(this.#target);
    this.#passwordMs = now;
  }
}
