import { fileURLToPath } from 'node:url';

import { describe, expect, test } from 'vitest';

import { until } from '../../test/support/index.js';
import * as deferred from '../deferred/index.js';
import * as errors from '../errors/index.js';
import type * as postgres from './index.js';
import { backendOf, countOf, failureOf, opened, running } from './testing/database.js';

const HERE = fileURLToPath(import.meta.url);
const SLEEP = 'select pg_sleep(1000)';

interface Holding {
  readonly session: postgres.Session;
  release(): Promise<void>;
}

/** Borrows a connection until `release`. */
async function hold(db: postgres.Database): Promise<Holding> {
  const got = deferred.create<postgres.Session>();
  const end = deferred.create<void>();
  const over = db.session(async (session) => {
    got.resolve(session);
    await end.promise;
  });
  over.catch(got.reject);
  const session = await got.promise;
  const release = (): Promise<void> => {
    end.resolve();
    return over;
  };
  return { session, release };
}

describe('more callers than connections', () => {
  test('wait their turn, and never more connections are open than may be', async () => {
    const { db } = await opened({ maxConnections: 3 });
    const ended: number[] = [];
    const asked = Array.from({ length: 40 }, async (_, index) => {
      await db.query('select pg_sleep(0.005)');
      ended.push(index);
      expect(db.stats().total).toBeLessThanOrEqual(3);
    });
    expect(db.stats().waiting).toBe(37);
    await Promise.all(asked);
    expect(ended).toHaveLength(40);
    expect(db.stats()).toEqual({ total: 3, idle: 3, waiting: 0, borrowed: 0 });
  });

  test('get them in the order in which they came', async () => {
    const { db } = await opened({ maxConnections: 1 });
    const { release } = await hold(db);
    const order: number[] = [];
    const asked = [1, 2, 3, 4].map((number) => db.session(async () => void order.push(number)));
    await release();
    await Promise.all(asked);
    expect(order).toEqual([1, 2, 3, 4]);
  });

  test('are told who holds them when none becomes free in time', async () => {
    const { db } = await opened({ maxConnections: 2, acquireTimeoutMs: 50 });
    const held = [await hold(db), await hold(db)];
    const error = await failureOf(db.query('select 1'));
    expect(error).toMatchObject({
      code: 'DATABASE_BUSY',
      contextData: { holders: [{ place: expect.stringContaining(HERE) }, {}] },
    });
    expect(errors.describe(error)).toMatch(/within 50 ms: all 2 are in use, one for \d+ ms by /);
    expect(db.stats()).toMatchObject({ waiting: 0, borrowed: 2 });
    await Promise.all(held.map(({ release }) => release()));
    await expect(db.query('select 1')).resolves.toMatchObject({ rowCount: 1 });
  });

  test('may give up by their signal, and nobody loses a turn by it', async () => {
    const { db } = await opened({ maxConnections: 1 });
    const { release } = await hold(db);
    const controller = new AbortController();
    const reason = new Error('enough');
    const gone = failureOf(db.query('select 1', [], { signal: controller.signal }));
    const next = db.query('select 1');
    await until('both to wait', () => db.stats().waiting === 2);
    controller.abort(reason);
    expect(await gone).toBe(reason);
    expect(db.stats().waiting).toBe(1);
    await release();
    await expect(next).resolves.toMatchObject({ rowCount: 1 });
    expect(db.stats()).toEqual({ total: 1, idle: 1, waiting: 0, borrowed: 0 });
  });
});

describe('a connection held too long', () => {
  test('is told with the file and line that borrowed it, and ended when it comes back', async () => {
    const { db, events } = await opened({ maxConnections: 1, leakAfterMs: 20 });
    const line = Number(/:(\d+):\d+\)?$/m.exec(new Error('here').stack ?? '')?.[1]) + 1;
    const work = db.session(async (session) => {
      await until('the report', () => events.length > 0);
      return await backendOf(session);
    });
    const backend = await work;
    const heldMs: unknown = expect.any(Number);
    expect(events).toEqual([{ type: 'CONNECTION_HELD', place: `${HERE}:${line}`, heldMs }]);
    expect(db.stats()).toMatchObject({ total: 0, borrowed: 0 });
    expect(await backendOf(db)).not.toBe(backend);
  });

  test('may be allowed to', async () => {
    const { db, events } = await opened({ maxConnections: 1, leakAfterMs: 20 });
    const sleep = (session: postgres.Session): Promise<unknown> =>
      session.query('select pg_sleep(0.2)');
    await db.session(sleep, { leakAfterMs: 0 });
    expect(events).toEqual([]);
    expect(db.stats().total).toBe(1);
  });
});

describe('close()', () => {
  test('waits for what is borrowed, and sends away who waits and who comes', async () => {
    const { db, other, name } = await opened({ maxConnections: 1, closeTimeoutMs: 60_000 });
    const { session, release } = await hold(db);
    const waiting = failureOf(db.query('select 1'));
    const closing = db.close();
    expect(db.close()).toBe(closing);
    expect(await waiting).toMatchObject({ code: 'DATABASE_UNAVAILABLE' });
    await expect(db.query('select 1')).rejects.toThrow(/are closed\.$/);
    await expect(session.query('select 1')).resolves.toMatchObject({ rowCount: 1 });
    await release();
    await closing;
    const { rows } = await other.query(
      `select 1 from pg_stat_activity where datname = $1 and pid <> pg_backend_pid()`,
      [name],
    );
    expect(rows).toEqual([]);
  });

  test('cuts what is not back in time, and stops what it runs', async () => {
    const { db, other, events } = await opened({ closeTimeoutMs: 1 });
    const work = failureOf(db.session((session) => session.query(SLEEP)));
    const forgotten = await hold(db);
    await running(other, SLEEP);
    await db.close();
    expect(await work).toMatchObject({ code: 'DATABASE_UNAVAILABLE' });
    const place: unknown = expect.stringContaining(HERE);
    expect(events).toEqual([{ type: 'CONNECTIONS_CUT', places: [place, place] }]);
    await until('the server to be left alone', async () => (await countOf(other, SLEEP)) === 0);
    await expect(forgotten.session.query('select 1')).rejects.toMatchObject({
      code: 'DATABASE_UNAVAILABLE',
    });
    await forgotten.release();
    expect(db.stats()).toEqual({ total: 0, idle: 0, waiting: 0, borrowed: 0 });
  });

  test('of what was never connected is done at once', async () => {
    const { db } = await opened();
    await db.close();
    await expect(db.session(async () => 1)).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE' });
  });
});
