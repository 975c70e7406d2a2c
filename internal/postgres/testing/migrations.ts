/** Three small migrations, and databases to apply them to. */

import { onTestFinished } from 'vitest';

import { database } from '../../../test/support/index.js';
import * as postgres from '../index.js';

export const ONE = {
  name: '0001-one',
  sql: 'create table one (id int); insert into one values (1);',
};
export const TWO = { name: '0002-two', sql: 'create table two (id int)' };
export const THREE = { name: '0003-three', sql: 'create table three (id int)' };
export const ALL: readonly postgres.Migration[] = [ONE, TWO, THREE];

/** Opens an empty database, closed when the test ends. */
export async function empty(): Promise<postgres.Database> {
  return opened((await database()).url);
}

/** Opens the database of `url`, with what `address` says else; closed when the test ends. */
export function opened(url: string, address: postgres.Address = {}): postgres.Database {
  const db = postgres.open({
    address: { url, ...address },
    applicationName: 'migrator',
    acquireTimeoutMs: 60_000,
  });
  onTestFinished(() => db.close());
  return db;
}

/** Whether the tables are there. */
export async function tables(
  db: postgres.Database,
  ...names: readonly string[]
): Promise<boolean[]> {
  const found = await db.query<{ readonly is: boolean }>(
    'select to_regclass(name) is not null as is from unnest($1::text[]) with ordinality as t(name, n) order by n',
    [names],
  );
  return found.rows.map((row) => row.is);
}

/** Resolves with what `promise` rejects with. */
export async function rejection(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => {
      throw new Error('it did not fail');
    },
    (error: unknown) => error,
  );
}
