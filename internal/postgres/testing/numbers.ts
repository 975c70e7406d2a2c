/** A table of numbers to work at. */

import type * as postgres from '../index.js';
import { opened } from './database.js';
import type { Opened } from './database.js';

/** A database with a table of numbers in it: 1 and 2, both of value 0. */
export async function numbers(options: Partial<postgres.OpenOptions> = {}): Promise<Opened> {
  const all = await opened(options);
  await all.other.query('create table numbers (id int primary key, value int not null)');
  await all.other.query('insert into numbers values (1, 0), (2, 0)');
  return all;
}

/** The value of number `id`. */
export async function valueOf(asked: postgres.Queryable, id: number): Promise<number> {
  const sql = 'select value from numbers where id = $1';
  const { rows } = await asked.query<{ value: number }>(sql, [id]);
  return rows[0]?.value ?? Number.NaN;
}

/** Adds $2 to the value of number $1. */
export const ADD = 'update numbers set value = value + $2 where id = $1';
