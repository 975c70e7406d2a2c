/** A database opened for a test, closed with it. */

import { onTestFinished } from 'vitest';

import { database, until } from '../../../test/support/index.js';
import * as postgres from '../index.js';

export interface Opened {
  readonly db: postgres.Database;
  /** A second one to the same database, to look from outside. */
  readonly other: postgres.Database;
  readonly url: string;
  readonly name: string;
  /** What the observer of `db` was told. */
  readonly events: readonly postgres.DatabaseEvent[];
}

/** Makes an empty database and opens it, by the URL unless `options` name another address. */
export async function opened(options: Partial<postgres.OpenOptions> = {}): Promise<Opened> {
  const { url, name } = await database();
  const events: postgres.DatabaseEvent[] = [];
  const db = open({ address: { url }, observe: (event) => void events.push(event), ...options });
  return { db, other: open({ address: { url } }), url, name, events };
}

/** Opens a database that is closed when the test ends. */
export function open(
  options: Partial<postgres.OpenOptions> & Pick<postgres.OpenOptions, 'address'>,
): postgres.Database {
  const db = postgres.open({
    applicationName: 'test {pid}',
    connectTimeoutMs: 60_000,
    acquireTimeoutMs: 60_000,
    ...options,
  });
  onTestFinished(() => db.close());
  return db;
}

/** Returns the process of the server that serves `asked`. */
export async function backendOf(asked: postgres.Queryable): Promise<number> {
  const { rows } = await asked.query<{ pid: number }>('select pg_backend_pid() as pid');
  return rows[0]?.pid ?? Number.NaN;
}

/** Ends a process of the server, as an administrator or a restart does. */
export async function terminate(other: postgres.Queryable, pid: number): Promise<void> {
  await other.query('select pg_terminate_backend($1)', [pid]);
  await until('the backend to end', async () => {
    const { rows } = await other.query('select 1 from pg_stat_activity where pid = $1', [pid]);
    return rows.length === 0;
  });
}

/** Resolves when the server works at a statement with `words` in it. */
export async function running(other: postgres.Queryable, words: string): Promise<void> {
  await until(`a statement with "${words}"`, async () => (await countOf(other, words)) > 0);
}

/** How many statements with `words` in it the server works at. */
export async function countOf(other: postgres.Queryable, words: string): Promise<number> {
  const { rows } = await other.query(
    `select 1 from pg_stat_activity where state = 'active' and pid <> pg_backend_pid()
       and datname = current_database() and position($1 in query) > 0`,
    [words],
  );
  return rows.length;
}

/** What `promise` rejects with; undefined when it resolves. To be taken before what makes it reject. */
export async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
    return undefined;
  } catch (error) {
    return error;
  }
}
