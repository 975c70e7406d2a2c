/** A database: the primary and perhaps a replica, and the ways to put work to them. */

import type { Address } from './address.js';
import { describe } from './address.js';
import { isUnavailable, sqlStateOf } from './errors.js';
import type { Observer } from './event.js';
import { toTell } from './event.js';
import type { Lease } from './lease.js';
import type { Trace } from './place.js';
import { traceOf } from './place.js';
import type { BorrowOptions, PoolOptions } from './pool.js';
import { Pool } from './pool.js';
import type {
  Queryable,
  QueryOptions,
  Result,
  Session,
  SessionOptions,
  Stats,
  Transaction,
  TransactionOptions,
} from './queryable.js';
import { Replica } from './replica.js';
import { retrying } from './retry.js';
import * as session from './session.js';
import { attempt } from './transaction.js';

/** Which database, and how it is used. */
export interface OpenOptions {
  readonly address: Address;
  /** What the server shows for each connection: `{pid}` stands for the process, 63 bytes count. */
  readonly applicationName: string;
  /** Connections at most, at least 1; as many again to a replica. Default 8. */
  readonly maxConnections?: number;
  /** How long to wait for a connection when all are in use, in milliseconds; default 5000. */
  readonly acquireTimeoutMs?: number;
  /** How long a server may take to accept a connection, in milliseconds; default 5000. */
  readonly connectTimeoutMs?: number;
  /** How long the server works at a statement, in milliseconds, 0 for no limit; default 30000. */
  readonly statementTimeoutMs?: number;
  /** After how long a borrowed connection counts as leaked, in milliseconds, 0 for never; default 60000. */
  readonly leakAfterMs?: number;
  /** How long an unused connection is kept, in milliseconds; default 30000. */
  readonly idleMs?: number;
  /**
   * How long a connection is tried again while the server is away, in milliseconds: for one that is known
   * to be started again at once. Default 0.
   */
  readonly patienceMs?: number;
  /** How long `close` waits for what is borrowed, in milliseconds; default 5000. */
  readonly closeTimeoutMs?: number;
  /** A copy that serves what only reads; the primary stands in for it for 20 minutes after a failure. */
  readonly replica?: Address;
  readonly observe?: Observer;
}

/** A database in use; see `open`. */
export interface Database extends Queryable {
  /** The address, described: without a password. */
  readonly address: string;
  /**
   * Borrows a connection for the length of `work`. Its transactions are of the isolation and access asked
   * for; afterwards it is made as new: an open transaction is undone, settings, locks, temporary tables
   * and LISTENs go.
   *
   * @throws what `work` throws; RodentError DATABASE_BUSY, DATABASE_UNAVAILABLE, DATABASE_REFUSED.
   */
  session<T>(work: (session: Session) => Promise<T>, options?: SessionOptions): Promise<T>;
  /**
   * Runs `work` in a transaction and commits it. After a serialization failure, a deadlock or a lock that
   * was not to be had, all of it is tried again, hooks registered anew, so `work` must be fit to run
   * several times; no connection is held during the waits in between.
   *
   * @throws what the last try threw; the signal's reason; RodentError as `session`. When the connection is
   *   lost during the commit, `contextData.isCommitUncertain` is true, and nothing is tried again.
   */
  transaction<T>(work: (tx: Transaction) => Promise<T>, options?: TransactionOptions): Promise<T>;
  /** Of the primary and the replica together. */
  stats(): Stats;
  /** Sends away who waits, waits for what is borrowed, cuts the rest. The same promise for all callers. */
  close(): Promise<void>;
}

/**
 * Opens a database: nothing is connected until it is asked for something.
 *
 * @throws RodentError CONFIG_INVALID for an address that cannot be understood.
 */
export function open(options: OpenOptions): Database {
  return new OpenDatabase(options);
}

/** How much later than the server we give up a statement. */
const GUARD_MARGIN_MS = 5000;

class OpenDatabase implements Database {
  readonly address: string;
  readonly #primary: Pool;
  readonly #replica: Replica | undefined;
  readonly #tell: Observer;
  readonly #guardMs: number | undefined;
  readonly #closeTimeoutMs: number;
  #closing: Promise<void> | undefined;

  constructor(options: OpenOptions) {
    const { address, replica, statementTimeoutMs = 30_000, closeTimeoutMs = 5000 } = options;
    this.address = describe(address);
    this.#tell = toTell(options.observe);
    const settings = { ...toPoolOptions(options, this.#tell), statementTimeoutMs };
    this.#primary = new Pool(settings);
    if (replica !== undefined) {
      this.#replica = new Replica(new Pool({ ...settings, address: replica }), this.#tell);
    }
    this.#guardMs = statementTimeoutMs > 0 ? statementTimeoutMs + GUARD_MARGIN_MS : undefined;
    this.#closeTimeoutMs = closeTimeoutMs;
  }

  query<Row extends object>(
    text: string,
    values?: readonly unknown[],
    { signal, name }: QueryOptions = {},
  ): Promise<Result<Row>> {
    const trace = traceOf();
    const guardMs = this.#guardMs;
    return this.#borrow({ signal, trace }, ({ wire }) =>
      wire.run<Row>({ text, values, name, signals: [signal], guardMs }),
    );
  }

  session<T>(work: (session: Session) => Promise<T>, options: SessionOptions = {}): Promise<T> {
    const trace = traceOf();
    const settings = { ...options, guardMs: this.#guardMs, tell: this.#tell };
    return this.#borrow({ ...options, trace }, ({ wire }) => session.run(wire, work, settings));
  }

  transaction<T>(
    work: (tx: Transaction) => Promise<T>,
    options: TransactionOptions = {},
  ): Promise<T> {
    return this.#transaction(work, { ...options, trace: traceOf() });
  }

  stats(): Stats {
    const [one, other] = [this.#primary.stats, this.#replica?.pool.stats];
    if (other === undefined) return one;
    return {
      total: one.total + other.total,
      idle: one.idle + other.idle,
      waiting: one.waiting + other.waiting,
      borrowed: one.borrowed + other.borrowed,
    };
  }

  close(): Promise<void> {
    this.#closing ??= this.#closeAll();
    return this.#closing;
  }

  async #closeAll(): Promise<void> {
    const pools = this.#replica === undefined ? [] : [this.#replica.pool];
    await Promise.all([this.#primary, ...pools].map((pool) => pool.close(this.#closeTimeoutMs)));
  }

  async #transaction<T>(
    work: (tx: Transaction) => Promise<T>,
    options: TransactionOptions & { readonly trace: Trace },
  ): Promise<T> {
    const settings = { ...options, guardMs: this.#guardMs, tell: this.#tell };
    let hadReplica = false;
    const { value, finish } = await retrying(
      {
        ...settings,
        // It went just now: the next try is the primary's.
        isElsewhereBetter: (error) =>
          hadReplica && this.#replica?.isAway === true && isUnavailable(error),
      },
      () => {
        hadReplica = options.readOnly === true && this.#replica?.isAway === false;
        return this.#borrow(options, ({ wire }) => attempt(wire, work, settings));
      },
    );
    await finish();
    return value;
  }

  /** Lends a connection to `use`; it is back, on every path, when this settles. */
  async #borrow<T>(options: Loan, use: (lease: Lease) => Promise<T>): Promise<T> {
    const replica = options.readOnly === true ? await this.#replica?.borrow(options) : undefined;
    const lease = replica ?? (await this.#primary.borrow(options));
    try {
      return await use(lease);
    } catch (error) {
      if (replica !== undefined && isUnavailable(error)) this.#replica?.lose(error);
      // A primary that only reads has been put behind another.
      if (options.readOnly !== true && sqlStateOf(error) === '25006') lease.wire.condemn();
      throw error;
    } finally {
      lease.release();
    }
  }
}

interface Loan extends BorrowOptions {
  readonly readOnly?: boolean | undefined;
}

function toPoolOptions(
  options: OpenOptions,
  tell: Observer,
): Omit<PoolOptions, 'statementTimeoutMs'> {
  return {
    address: options.address,
    applicationName: options.applicationName,
    maxConnections: Math.max(1, options.maxConnections ?? 8),
    acquireTimeoutMs: options.acquireTimeoutMs ?? 5000,
    connectTimeoutMs: options.connectTimeoutMs ?? 5000,
    leakAfterMs: options.leakAfterMs ?? 60_000,
    idleMs: options.idleMs ?? 30_000,
    patienceMs: options.patienceMs ?? 0,
    tell,
  };
}
