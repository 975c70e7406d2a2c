import { describe, expect, onTestFinished, test } from 'vitest';

import { administrate, database, until } from '../../test/support/index.js';
import * as postgres from './index.js';
import { ALL, ONE, THREE, TWO, empty, opened, rejection, tables } from './testing/migrations.js';

describe('migrate()', () => {
  test('applies what is missing, in order, and tells each', async () => {
    const db = await empty();
    const events: postgres.MigrationEvent[] = [];
    const observe = (event: postgres.MigrationEvent): void => void events.push(event);
    expect(await postgres.migrate(db, [ONE], { observe })).toEqual(['0001-one']);
    expect(await postgres.migrate(db, ALL, { observe })).toEqual(['0002-two', '0003-three']);
    expect(await postgres.migrate(db, ALL, { observe })).toEqual([]);
    expect(events.map(({ name }) => name)).toEqual(ALL.map(({ name }) => name));
    expect(events[0]).toEqual({
      type: 'MIGRATION_APPLIED',
      name: '0001-one',
      durationMs: expect.any(Number),
    });
    expect(await tables(db, 'one', 'two', 'three')).toEqual([true, true, true]);
  });

  test('ten at once apply each migration once', async () => {
    const { url } = await database();
    const names = Array.from({ length: 8 }, (_, index) => `000${index}-m`);
    const list = names.map((name) => ({ name, sql: `create table "${name}" (id int)` }));
    const runs = Array.from({ length: 10 }, () => postgres.migrate(opened(url), list));
    const applied = await Promise.all(runs);
    expect(applied.flat().toSorted()).toEqual(names);
    const db = opened(url);
    expect((await postgres.migrationStatus(db, list)).pending).toEqual([]);
  });

  test('one that fails leaves those before it and nothing of itself', async () => {
    const db = await empty();
    const bad = { name: '0002-bad', sql: 'create table two (id int);\n\nselect * from nowhere;' };
    const error = await rejection(postgres.migrate(db, [ONE, bad, THREE]));
    expect(error).toMatchObject({
      code: 'DATABASE_REFUSED',
      message: 'Cannot apply the migration "0002-bad", line 3: relation "nowhere" does not exist.',
      contextData: { sqlState: '42P01', migration: '0002-bad' },
    });
    expect(await tables(db, 'one', 'two', 'three')).toEqual([true, false, false]);
    expect(await postgres.migrationStatus(db, [ONE, bad, THREE])).toMatchObject({
      applied: [{ name: '0001-one' }],
      pending: ['0002-bad', '0003-three'],
    });
    expect(await postgres.migrate(db, ALL)).toEqual(['0002-two', '0003-three']);
  });

  test('one that ends its transaction is not recorded', async () => {
    const db = await empty();
    const bad = { name: '0001-bad', sql: 'create table one (id int); commit' };
    expect(await rejection(postgres.migrate(db, [bad]))).toMatchObject({
      code: 'DATABASE_REFUSED',
      message: expect.stringContaining('"0001-bad" ends its transaction'),
    });
    expect((await postgres.migrationStatus(db, [bad])).applied).toEqual([]);
  });

  test('one may take longer than a statement may', async () => {
    const { url } = await database();
    const db = postgres.open({
      address: { url },
      applicationName: 'migrator',
      acquireTimeoutMs: 60_000,
      statementTimeoutMs: 1_000,
    });
    onTestFinished(() => db.close());
    const slow = { name: '0001-slow', sql: 'select pg_sleep(1.5)' };
    expect(await postgres.migrate(db, [slow])).toEqual(['0001-slow']);
    const limit = await db.query<{ readonly limit: string }>(
      `select current_setting('statement_timeout') as limit`,
    );
    expect(limit.rows).toEqual([{ limit: '1s' }]);
  });

  test('ends by the signal, with nothing of what was under way', async () => {
    const { url } = await database();
    const [db, other] = [opened(url), opened(url)];
    const controller = new AbortController();
    const slow = { name: '0002-slow', sql: 'create table two (id int); select pg_sleep(3600)' };
    const run = rejection(postgres.migrate(db, [ONE, slow], { signal: controller.signal }));
    await until('the migration to be under way', async () => {
      const { rows } = await other.query(
        `select from pg_stat_activity where query like '%pg_sleep(3600)%' and pid <> pg_backend_pid()`,
      );
      return rows.length > 0;
    });
    controller.abort(new Error('enough'));
    expect(await run).toMatchObject({ message: 'enough' });
    expect(await tables(db, 'one', 'two')).toEqual([true, false]);
    const again = postgres.migrate(db, [ONE, TWO], { signal: controller.signal });
    expect(await rejection(again)).toMatchObject({ message: 'enough' });
    expect(await tables(db, 'two')).toEqual([false]);
  });

  test('an ordinary user of a database that is current needs no privilege to change it', async () => {
    const { url, name } = await database();
    await postgres.migrate(opened(url), ALL);
    await administrate(`create role ${name} login`);
    onTestFinished(() => administrate(`drop role ${name}`));
    const own = opened(url, { user: name });
    expect(await rejection(postgres.migrate(own, ALL))).toMatchObject({
      code: 'DATABASE_REFUSED',
      message: expect.stringContaining('Cannot read the table rodent.migrations: permission'),
    });
    const admin = opened(url);
    await admin.query(`grant usage on schema rodent to ${name}`);
    await admin.query(`grant select on rodent.migrations to ${name}`);
    onTestFinished(() => dropOwned(url, name));
    expect(await postgres.migrate(own, ALL)).toEqual([]);
    await postgres.requireCurrent(own, ALL);
  });

  test('a user without the privilege is told so', async () => {
    const { url, name } = await database();
    await administrate(`create role ${name} login`);
    onTestFinished(() => administrate(`drop role ${name}`));
    const own = opened(url, { user: name });
    expect(await rejection(postgres.migrate(own, ALL))).toMatchObject({
      code: 'DATABASE_REFUSED',
      message: expect.stringContaining('Cannot migrate the database: permission denied'),
    });
  });

  test('a database that is away is told as such', async () => {
    const db = opened('postgresql://me@/x?host=/nowhere');
    expect(await rejection(postgres.migrate(db, ALL))).toMatchObject({
      code: 'DATABASE_UNAVAILABLE',
    });
  });
});

async function dropOwned(url: string, user: string): Promise<void> {
  const db = postgres.open({ address: { url }, applicationName: 'migrator' });
  await db.query(`drop owned by ${user}`);
  await db.close();
}
