/**
 * Package postgres: how rodent talks to PostgreSQL; nothing else imports `pg`.
 *
 * `open` gives a Database, which is a pool: nothing is connected before the first question, never more
 * than `maxConnections` are open, and who finds them all in use waits in order and not for ever. There
 * are three ways to put work to it: `query` (one statement, committed by itself), `session` (a connection
 * for the length of a function, made as new afterwards) and `transaction` (all or nothing, tried again
 * after a conflict). What is borrowed is back on every path, and what is not back in time is named by
 * the file and line that borrowed it; its connection is not used again.
 *
 * An AbortSignal ends the wait for a connection, and the statement on the server: the call rejects with
 * the signal's reason once that statement has ended, or its connection was given up (2 s), so no later
 * statement is ever hit by a cancellation. A statement that has ended by itself keeps its result. A
 * commit that is under way is not stopped.
 *
 * Failures: DATABASE_UNAVAILABLE when the database does not answer or the connection is lost, whatever
 * way it shows (`isUnavailable`); DATABASE_BUSY when no connection became free; DATABASE_REFUSED when the
 * server says no to a connection, or shows a certificate that is not trusted. What it has against a
 * statement passes through as pg.DatabaseError, whose `code` is the SQLSTATE. No message holds a password.
 *
 * `listen` is a connection of its own that never gives up; what it hears is a hint, the table is the
 * truth. `migrate` brings a schema up to date under a lock. `openCatalog` keeps databases by name.
 *
 * What not to do: ask the database for something inside `transaction` other than through its `tx` (it
 * takes a second connection, and waits for ever on the first one's locks); SET without LOCAL outside of
 * a session (the next borrower finds it); keep a session or `tx` for later (it is over).
 *
 * Nothing here reads the environment, writes or logs: who opens says where and hears of the rest.
 *
 * Source: R-INP-44…55, 58, 119, 120; W-INP-4…8, 35, 40; design section 6.
 */

export { describe, fingerprint, isSslMode, SSL_MODES } from './address.js';
export type { Address, SslMode } from './address.js';
export { announce, announced } from './announce.js';
export { capacityOf, openCatalog } from './catalog.js';
export type { Catalog, CatalogOptions } from './catalog.js';
export { create } from './create.js';
export type { Creation } from './create.js';
export { open } from './database.js';
export type { Database, OpenOptions } from './database.js';
export { isUnavailable } from './errors.js';
export type { DatabaseEvent, HookKind, Observer } from './event.js';
export { listen } from './listen.js';
export type { ListenBackoff, ListenEvent, ListenOptions, Subscription } from './listen.js';
export { migrate } from './migrate.js';
export type { MigrateOptions, MigrationEvent } from './migrate.js';
export { migrationStatus, requireCurrent } from './migration-status.js';
export type {
  AppliedMigration,
  Migration,
  MigrationStatus,
  StatusOptions,
} from './migration-status.js';
export { ping } from './ping.js';
export { schemaFault } from './schema-fault.js';
export type { PingOptions, Pong } from './ping.js';
export type {
  AnyRow,
  InnerOptions,
  Isolation,
  Queryable,
  QueryOptions,
  Result,
  Session,
  SessionOptions,
  Stats,
  Transaction,
  TransactionHook,
  TransactionOptions,
} from './queryable.js';
