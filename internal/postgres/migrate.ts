/** Brings the schema of a database up to date: each migration once, in order, whoever else tries. */

import pg from 'pg';

import * as clock from '../clock/index.js';
import * as errors from '../errors/index.js';
import type { Database } from './database.js';
import {
  HISTORY,
  checksumOf,
  hasHistory,
  migrationStatus,
  requireFitting,
} from './migration-status.js';
import type { Migration } from './migration-status.js';
import type { Queryable } from './queryable.js';

/** What `migrate` tells while it works. */
export interface MigrationEvent {
  readonly type: 'MIGRATION_APPLIED';
  readonly name: string;
  readonly durationMs: number;
}

export interface MigrateOptions {
  /** Told after each migration; default: nobody. */
  readonly observe?: ((event: MigrationEvent) => void) | undefined;
  /** Ends the run between or in the middle of migrations: what was applied stays, no part of one does. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Applies what is missing in `db` of `migrations`, which stand in ascending order, and returns the names
 * that it applied. However many run at once, on however many hosts, each migration is applied once, and
 * each of them returns when nothing is missing. Where nothing is, nothing is written and no lock taken.
 *
 * Each migration and its row in the history are one transaction, under an advisory lock: one that fails
 * leaves those before it and nothing of itself. The lock is the transaction's, not the session's, so
 * that it also holds behind a pooler and can never be left behind. No statement has a time limit here.
 *
 * @throws RodentError SCHEMA_MISMATCH, with nothing applied, for a database that holds unknown or changed
 *   migrations, or later ones than what is missing; DATABASE_REFUSED for a statement that fails, naming
 *   migration and line; DATABASE_UNAVAILABLE; INTERNAL for a list that is not in order. The signal's
 *   reason when it is aborted.
 */
export async function migrate(
  db: Database,
  migrations: readonly Migration[],
  options: MigrateOptions = {},
): Promise<readonly string[]> {
  const { observe, signal } = options;
  const status = await migrationStatus(db, migrations, { signal });
  requireFitting(status);
  if (status.pending.length === 0) return [];
  const applied: string[] = [];
  for (;;) {
    const startMs = clock.monotonicMs();
    const name = await step(db, migrations, signal);
    if (name === undefined) return applied;
    applied.push(name);
    observe?.({ type: 'MIGRATION_APPLIED', name, durationMs: clock.monotonicMs() - startMs });
  }
}

/** Applies the next one; returns its name, or undefined when nothing is missing. */
async function step(
  db: Database,
  migrations: readonly Migration[],
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  let current: Migration | undefined;
  const work = async (tx: Queryable): Promise<string | undefined> => {
    await lock(tx);
    const { pending, ...rest } = await migrationStatus(tx, migrations);
    requireFitting({ pending, ...rest });
    current = migrations.find(({ name }) => name === pending[0]);
    if (current !== undefined) await apply(tx, current);
    return current?.name;
  };
  try {
    // READ COMMITTED: what the holder of the lock committed is seen as soon as the lock is ours.
    return await db.transaction(work, {
      isolation: 'READ COMMITTED',
      leakAfterMs: 0,
      signal,
    });
  } catch (error) {
    throw error instanceof pg.DatabaseError ? failed(current, error) : error;
  }
}

async function lock(tx: Queryable): Promise<void> {
  // Another migrator may take longer than a statement may elsewhere, and so may a migration.
  await tx.query('set local statement_timeout = 0');
  await tx.query('set local lock_timeout = 0');
  await tx.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [HISTORY]);
  // Asked for first: IF NOT EXISTS wants the privilege to create even where there is nothing to do.
  if (await hasHistory(tx)) return;
  await tx.query(`
    create schema if not exists rodent;
    create table ${HISTORY} (
      name text primary key,
      checksum text not null,
      applied_at timestamptz not null default clock_timestamp()
    )`);
}

async function apply(tx: Queryable, { name, sql }: Migration): Promise<void> {
  const before = await transactionId(tx);
  await tx.query(sql);
  if ((await transactionId(tx)) !== before) {
    throw new errors.RodentError(
      `The migration "${name}" ends its transaction, which it must not: what it did may stand without being recorded.`,
      { code: 'DATABASE_REFUSED' },
    );
  }
  await tx.query(`insert into ${HISTORY} (name, checksum) values ($1, $2)`, [
    name,
    checksumOf({ name, sql }),
  ]);
}

async function transactionId(tx: Queryable): Promise<string | undefined> {
  const { rows } = await tx.query<{ readonly id: string }>('select txid_current()::text as id');
  return rows[0]?.id;
}

function failed(migration: Migration | undefined, error: pg.DatabaseError): errors.RodentError {
  const what =
    migration === undefined
      ? 'Cannot migrate the database'
      : `Cannot apply the migration "${migration.name}"${lineOf(migration.sql, error)}`;
  return new errors.RodentError(`${what}: ${error.message}.`, {
    code: 'DATABASE_REFUSED',
    contextData: { sqlState: error.code, migration: migration?.name },
    cause: error,
  });
}

/** `, line 12`, where the server says at which character the statements fail. */
function lineOf(sql: string, { position }: pg.DatabaseError): string {
  if (position === undefined) return '';
  return `, line ${sql.slice(0, Number(position)).split('\n').length}`;
}
