/** The schema of a database, as this version needs it. */

import * as migrations from '../migrations/index.js';
import * as postgres from '../postgres/index.js';
import type { Journal } from './journal.js';

export interface SchemaOptions {
  /** Whether what is pending is applied; else it is a reason to refuse. */
  readonly mode: 'migrate' | 'require';
  readonly journal: Journal;
}

/** @throws RodentError SCHEMA_MISMATCH, DATABASE_…; what a migration itself throws. */
export async function prepareSchema(
  database: postgres.Database,
  { mode, journal }: SchemaOptions,
): Promise<void> {
  if (mode === 'require') return postgres.requireCurrent(database, migrations.ALL);
  const applied = await postgres.migrate(database, migrations.ALL);
  if (applied.length > 0) journal.record('info', 'Schema brought up to date', { applied });
}
