/** What a database knows of its migrations, and whether that fits those of this version. */

import { createHash } from 'node:crypto';

import pg from 'pg';

import * as clock from '../clock/index.js';
import * as errors from '../errors/index.js';
import type { Database } from './database.js';
import type { Queryable } from './queryable.js';

/** One step of a schema; never changed once it has been released. */
export interface Migration {
  /** Its place in the order and what it does: `0001-registry`. Letters, digits, `-`, `_` and `.`. */
  readonly name: string;
  /** Any statements that may stand in a transaction; none that begins or ends one. */
  readonly sql: string;
}

/** How a database and a list of migrations stand to each other; names in ascending order. */
export interface MigrationStatus {
  /** What the database holds of the list. */
  readonly applied: readonly AppliedMigration[];
  /** What the list holds and the database does not. */
  readonly pending: readonly string[];
  /** What the database holds and the list does not: a newer version was here. */
  readonly unknown: readonly string[];
  /** What both hold, with another text. */
  readonly changed: readonly string[];
}

export interface AppliedMigration {
  readonly name: string;
  /** ISO 8601 in UTC, by the clock of the database. */
  readonly appliedAt: string;
}

export interface StatusOptions {
  /** Ends the questions; the caller gets its reason. */
  readonly signal?: AbortSignal | undefined;
}

/** Where the history stands. */
export const HISTORY = 'rodent.migrations';

/**
 * Tells how `db` and `migrations` stand to each other. Writes nothing: a database without a history has
 * applied none.
 *
 * @throws RodentError DATABASE_REFUSED when this user may not read the history; DATABASE_UNAVAILABLE;
 *   INTERNAL for a list that is not in order.
 */
export async function migrationStatus(
  db: Queryable,
  migrations: readonly Migration[],
  options: StatusOptions = {},
): Promise<MigrationStatus> {
  requireOrder(migrations);
  const rows = await readHistory(db, options);
  const known = new Map(migrations.map((migration) => [migration.name, migration]));
  const held = new Set(rows.map(({ name }) => name));
  const applied = rows.filter(({ name }) => known.has(name));
  return {
    applied: applied.map(({ name, applied_at }) => ({ name, appliedAt: clock.utc(applied_at) })),
    pending: migrations.map(({ name }) => name).filter((name) => !held.has(name)),
    unknown: rows.map(({ name }) => name).filter((name) => !known.has(name)),
    changed: applied
      .filter(({ name, checksum }) => checksumOf(known.get(name)) !== checksum)
      .map(({ name }) => name),
  };
}

/**
 * Resolves when `db` holds exactly `migrations`.
 *
 * @throws RodentError SCHEMA_MISMATCH with one sentence and the way out; else as `migrationStatus`.
 */
export async function requireCurrent(
  db: Database,
  migrations: readonly Migration[],
  options: StatusOptions = {},
): Promise<void> {
  const status = await migrationStatus(db, migrations, options);
  requireFitting(status);
  if (status.pending.length === 0) return;
  throw mismatch(
    `The database "${db.address}" lacks ${listed(status.pending)}. Run "rodent db migrate".`,
  );
}

/**
 * Returns when what is pending may be applied.
 *
 * @throws RodentError SCHEMA_MISMATCH.
 */
export function requireFitting({ applied, pending, unknown, changed }: MigrationStatus): void {
  if (unknown.length > 0) {
    throw mismatch(
      `The schema of the database is newer than this version: it holds ${listed(unknown)}. Use the version that applied it, or a newer one.`,
    );
  }
  if (changed.length > 0) {
    throw mismatch(
      `The database holds another text of ${listed(changed)}. Use the version that applied it; a change is a new migration.`,
    );
  }
  const last = applied.at(-1)?.name ?? '';
  const late = pending.filter((name) => name < last);
  if (late.length === 0) return;
  throw mismatch(
    `The database holds the migration "${last}" already, which comes after ${listed(late)}. Give what is new a higher number.`,
  );
}

/** Returns what the history keeps to know the text again, however its lines end. */
export function checksumOf(migration: Migration | undefined): string {
  const text = migration?.sql.replaceAll('\r\n', '\n') ?? '';
  return createHash('sha256').update(text).digest('hex');
}

/**
 * Whether the database has a history. Asked of the catalog's tables: `to_regclass` answers from a cache
 * of the session, which an advisory lock does not bring up to date.
 */
export async function hasHistory(db: Queryable, options: StatusOptions = {}): Promise<boolean> {
  const [schema, table] = HISTORY.split('.');
  const { rows } = await db.query<{ readonly found: boolean }>(
    `select exists (
       select from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
        where n.nspname = $1 and c.relname = $2
     ) as found`,
    [schema, table],
    options,
  );
  return rows[0]?.found === true;
}

interface Row {
  readonly name: string;
  readonly checksum: string;
  readonly applied_at: Date;
}

async function readHistory(db: Queryable, options: StatusOptions): Promise<readonly Row[]> {
  try {
    if (!(await hasHistory(db, options))) return [];
    const { rows } = await db.query<Row>(
      `select name, checksum, applied_at from ${HISTORY} order by name collate "C"`,
      [],
      options,
    );
    return rows;
  } catch (error) {
    if (!(error instanceof pg.DatabaseError)) throw error;
    throw new errors.RodentError(`Cannot read the table ${HISTORY}: ${error.message}.`, {
      code: 'DATABASE_REFUSED',
      cause: error,
    });
  }
}

function requireOrder(migrations: readonly Migration[]): void {
  migrations.forEach(({ name }, index) => {
    const before = migrations[index - 1]?.name ?? '';
    if (!/^[\w.-]+$/.test(name)) {
      throw new errors.RodentError(`A migration cannot have the name "${name}".`);
    }
    if (before < name) return;
    throw new errors.RodentError(
      `The migrations are not in order: "${name}" stands after "${before}".`,
    );
  });
}

/** `the migration "a"`, `the migrations "a" and "b"`, `the migrations "a" … "z" (7)`. */
function listed(names: readonly string[]): string {
  const [first = '', second = ''] = names;
  if (names.length === 1) return `the migration "${first}"`;
  if (names.length === 2) return `the migrations "${first}" and "${second}"`;
  return `${names.length} migrations, "${first}" to "${names.at(-1) ?? ''}"`;
}

function mismatch(detail: string): errors.RodentError {
  return new errors.RodentError(detail, { code: 'SCHEMA_MISMATCH' });
}
