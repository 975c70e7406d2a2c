import { describe, expect, test } from 'vitest';

import type * as postgres from './index.js';
import { backendOf, failureOf, opened, running, terminate } from './testing/database.js';

const SLEEP = 'select pg_sleep(1000)';

async function settingOf(asked: postgres.Queryable, name: string): Promise<unknown> {
  const { rows } = await asked.query<{ value: string }>('select current_setting($1) as value', [
    name,
  ]);
  return rows[0]?.value;
}

describe('session()', () => {
  test('is one connection, whose transactions are repeatable reads that write', async () => {
    const { db } = await opened();
    await db.session(async (session) => {
      expect(await backendOf(session)).toBe(await backendOf(session));
      expect(await settingOf(session, 'transaction_isolation')).toBe('repeatable read');
      expect(await settingOf(session, 'transaction_read_only')).toBe('off');
    });
  });

  test('refuses to write when it is to read, and the next may write again', async () => {
    const { db } = await opened({ maxConnections: 1 });
    const create = (session: postgres.Session): Promise<unknown> =>
      session.query('create table t ()');
    const backend = await backendOf(db);
    await expect(db.session(create, { readOnly: true })).rejects.toMatchObject({ code: '25006' });
    await db.session(create);
    expect(await backendOf(db)).toBe(backend);
  });

  test('takes another isolation', async () => {
    const { db } = await opened();
    const read = (session: postgres.Session): Promise<unknown> =>
      settingOf(session, 'transaction_isolation');
    expect(await db.session(read, { isolation: 'SERIALIZABLE' })).toBe('serializable');
  });

  test('leaves nothing behind: no lock, setting, table, listening or open transaction', async () => {
    const { db, other } = await opened({ maxConnections: 1 });
    const backend = await backendOf(db);
    await db.query('select 1', [], { name: 'kept' });
    await db.session(async (session) => {
      await session.query('select pg_advisory_lock(1)');
      await session.query('create temp table t ()');
      await session.query('listen somewhere');
      await session.query(`set work_mem = '1MB'`);
      await session.query('begin');
      await session.query('create table left_open ()');
    });
    expect(await backendOf(db)).toBe(backend);
    const { rows } = await db.query(`select current_setting('work_mem') as mem,
      current_setting('statement_timeout') as limit, to_regclass('pg_temp.t') as temp,
      to_regclass('left_open') as table, (select count(*)::int from pg_listening_channels()) as channels,
      current_setting('transaction_isolation') as isolation`);
    expect(rows).toEqual([
      {
        mem: '4MB',
        limit: '30s',
        temp: null,
        table: null,
        channels: 0,
        isolation: 'read committed',
      },
    ]);
    const { rows: locks } = await other.query('select pg_try_advisory_lock(1) as got');
    expect(locks).toEqual([{ got: true }]);
    await expect(db.query('select 1', [], { name: 'kept' })).resolves.toMatchObject({});
  });

  test('gives its connection back whatever comes of it', async () => {
    const { db, other } = await opened({ maxConnections: 1 });
    const bad = new Error('bad');
    await expect(db.session(() => Promise.reject(bad))).rejects.toBe(bad);
    await expect(db.session((session) => session.query('bad'))).rejects.toMatchObject({
      code: '42601',
    });
    const lost = db.session(async (session) => {
      await terminate(other, await backendOf(session));
      return await session.query('select 1');
    });
    await expect(lost).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE' });
    await expect(db.query('select 1')).resolves.toMatchObject({ rowCount: 1 });
    expect(db.stats()).toMatchObject({ total: 1, borrowed: 0 });
  });

  test('runs its statements one after the other, and is over with its function', async () => {
    const { db } = await opened();
    let kept: postgres.Session | undefined;
    const ended: number[] = [];
    await db.session(async (session) => {
      kept = session;
      const one = session.query('select pg_sleep(0.05)').then(() => ended.push(1));
      await session.query('select 1').then(() => ended.push(2));
      await one;
    });
    expect(ended).toEqual([1, 2]);
    await expect(kept?.query('select 1')).rejects.toThrow(/^The session is over\.$/);
  });

  test('is stopped by its signal, statement by statement', async () => {
    const { db, other } = await opened({ maxConnections: 1 });
    const backend = await backendOf(db);
    const controller = new AbortController();
    const reason = new Error('enough');
    const seen: unknown[] = [];
    const work = db.session(
      async (session) => {
        seen.push(await failureOf(session.query(SLEEP)));
        seen.push(await failureOf(session.query('select 1')));
        return 'done';
      },
      { signal: controller.signal },
    );
    await running(other, SLEEP);
    controller.abort(reason);
    expect(await work).toBe('done');
    expect(seen).toEqual([reason, reason]);
    expect(await backendOf(db)).toBe(backend);
  });

  test('has transactions of its own', async () => {
    const { db } = await opened({ maxConnections: 1 });
    await db.session(async (session) => {
      await session.transaction((tx) => tx.query('create table t (n int)'));
      const undone = session.transaction(async (tx) => {
        await tx.query('insert into t values (1)');
        throw new Error('no');
      });
      await expect(undone).rejects.toThrow('no');
      expect((await session.query('select * from t')).rowCount).toBe(0);
    });
  });
});
