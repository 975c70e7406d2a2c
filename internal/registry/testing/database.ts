/** A database with the schema of the registry, and connections to it as the tests need them. */

import pg from 'pg';
import { onTestFinished } from 'vitest';

import { database } from '../../../test/support/index.js';
import type { Asked } from '../fleet.js';
import { MIGRATIONS } from '../migrations.js';

/** A connection, or a pool of them. */
export interface Connection extends Asked {
  readonly url: string;
  /** The first column of the first row. */
  value(text: string, values?: readonly unknown[]): Promise<unknown>;
  /** The first column of every row. */
  column(text: string, values?: readonly unknown[]): Promise<readonly unknown[]>;
}

/** Creates a database with the registry; gives the owner's connections to it. */
export async function registryDatabase(): Promise<Connection> {
  const { url } = await database();
  const owner = connect(url);
  for (const { sql } of MIGRATIONS) await owner.query(sql);
  return owner;
}

/** Connects to `url`, by default with 20 connections at most; ended with the test. */
export function connect(url: string, config: pg.PoolConfig = {}): Connection {
  const pool = new pg.Pool({
    connectionString: url,
    max: 20,
    connectionTimeoutMillis: 30_000,
    ...config,
  });
  pool.on('error', () => undefined);
  onTestFinished(() => pool.end());
  const query = (text: string, values: readonly unknown[] = []): Promise<pg.QueryResult> =>
    pool.query(text, [...values]);
  const column = async (text: string, values?: readonly unknown[]): Promise<unknown[]> =>
    (await query(text, values)).rows.map((row: object) => Object.values(row)[0] as unknown);
  return {
    url,
    query: query as Asked['query'],
    column,
    value: async (text, values) => (await column(text, values))[0],
  };
}
