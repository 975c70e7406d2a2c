/** The connections to one server: few, borrowed in turn, and never lost sight of. */

import type pg from 'pg';

import * as deferred from '../deferred/index.js';
import * as errors from '../errors/index.js';
import { onAbort } from './abort.js';
import type { Address } from './address.js';
import { describe } from './address.js';
import { Connector } from './connector.js';
import type { Observer } from './event.js';
import { Lease } from './lease.js';
import type { Trace } from './place.js';
import type { Stats } from './queryable.js';
import { Turns } from './turns.js';
import { within } from './within.js';

export interface PoolOptions {
  readonly address: Address;
  readonly applicationName: string;
  readonly maxConnections: number;
  readonly acquireTimeoutMs: number;
  readonly connectTimeoutMs: number;
  readonly statementTimeoutMs: number;
  readonly leakAfterMs: number;
  readonly idleMs: number;
  readonly patienceMs: number;
  readonly tell: Observer;
}

export interface BorrowOptions {
  readonly signal?: AbortSignal | undefined;
  /** Default: the pool's. */
  readonly leakAfterMs?: number | undefined;
  /** Where the borrower calls from. */
  readonly trace: Trace;
}

/** See above. */
export class Pool {
  readonly #address: string;
  readonly #options: PoolOptions;
  readonly #turns: Turns;
  readonly #connector: Connector;
  readonly #leases = new Set<Lease>();
  readonly #empty = deferred.create<void>();
  #isClosing = false;

  constructor(options: PoolOptions) {
    const { applicationName, connectTimeoutMs, statementTimeoutMs } = options;
    this.#options = options;
    this.#address = describe(options.address);
    this.#turns = new Turns(options.maxConnections);
    this.#connector = new Connector({
      ...options,
      client: { applicationName, connectTimeoutMs, statementTimeoutMs },
    });
  }

  get stats(): Stats {
    const { total, idle } = this.#connector;
    return { total, idle, waiting: this.#turns.waiting, borrowed: this.#leases.size };
  }

  /**
   * Waits for a connection, which is the caller's until it releases it.
   *
   * @throws RodentError DATABASE_BUSY, DATABASE_UNAVAILABLE, DATABASE_REFUSED; the reason of the signal.
   */
  async borrow({ signal, leakAfterMs, trace }: BorrowOptions): Promise<Lease> {
    const { acquireTimeoutMs: timeoutMs, tell } = this.#options;
    await this.#turns.take({ signal, timeoutMs, toError: () => this.#busy() });
    const client = await this.#connect(signal);
    const lease = new Lease(client, {
      address: this.#address,
      trace,
      leakAfterMs: leakAfterMs ?? this.#options.leakAfterMs,
      tell,
      onRelease: () => this.#forget(lease),
    });
    this.#leases.add(lease);
    return lease;
  }

  /** Sends away who waits, waits `graceMs` milliseconds for what is borrowed, and cuts the rest. */
  async close(graceMs: number): Promise<void> {
    this.#isClosing = true;
    this.#turns.close(this.#closed());
    if (this.#leases.size > 0) await within(graceMs, this.#empty.promise);
    const late = [...this.#leases];
    if (late.length > 0) {
      this.#options.tell({ type: 'CONNECTIONS_CUT', places: late.map(({ place }) => place) });
    }
    await Promise.all(late.map((lease) => lease.cut(this.#closed())));
    await this.#connector.end();
  }

  /** Settles as the attempt does, or as soon as nobody wants it; then the turn lasts as long as it. */
  async #connect(signal: AbortSignal | undefined): Promise<pg.PoolClient> {
    const connecting = this.#connector.connect();
    const aborted = deferred.create<never>();
    const forget = onAbort(signal, () => aborted.reject(signal?.reason));
    try {
      const client = await Promise.race([connecting, aborted.promise]);
      if (this.#isClosing) throw this.#closed();
      return client;
    } catch (error) {
      void connecting.then(release, () => undefined).then(() => this.#turns.give());
      throw error;
    } finally {
      forget();
    }
  }

  #forget(lease: Lease): void {
    this.#leases.delete(lease);
    this.#turns.give();
    if (this.#leases.size === 0 && this.#isClosing) this.#empty.resolve();
  }

  #busy(): errors.RodentError {
    const { acquireTimeoutMs, maxConnections } = this.#options;
    const holders = [...this.#leases].map(({ place, heldMs }) => ({ place, heldMs }));
    const [oldest] = holders;
    const held = Math.round(oldest?.heldMs ?? 0);
    const who = oldest === undefined ? '' : `, one for ${held} ms by ${oldest.place}`;
    return new errors.RodentError(
      `No connection to the database "${this.#address}" became free within ${acquireTimeoutMs} ms: all ${maxConnections} are in use${who}.`,
      { code: 'DATABASE_BUSY', contextData: { address: this.#address, holders } },
    );
  }

  #closed(): errors.RodentError {
    return new errors.RodentError(`The connections to "${this.#address}" are closed.`, {
      code: 'DATABASE_UNAVAILABLE',
      contextData: { address: this.#address },
    });
  }
}

function release(client: pg.PoolClient): void {
  client.release();
}
