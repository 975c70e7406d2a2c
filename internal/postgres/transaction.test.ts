import { describe, expect, test } from 'vitest';

import { until } from '../../test/support/index.js';
import type * as postgres from './index.js';
import { backendOf, countOf, failureOf, running, terminate } from './testing/database.js';
import { ADD, numbers, valueOf } from './testing/numbers.js';

const SLEEP = 'select pg_sleep(1000)';
const bad = new Error('bad');

describe('transaction()', () => {
  test('is all or nothing', async () => {
    const { db, other } = await numbers();
    expect(await db.transaction(async (tx) => (await tx.query(ADD, [1, 5])).rowCount)).toBe(1);
    const undone = db.transaction(async (tx) => {
      await tx.query(ADD, [1, 5]);
      throw bad;
    });
    await expect(undone).rejects.toBe(bad);
    expect(await valueOf(other, 1)).toBe(5);
  });

  test('sees one moment of the database, unless it is told to see more', async () => {
    const { db, other } = await numbers();
    const look = async (tx: postgres.Transaction): Promise<number> => {
      await valueOf(tx, 1);
      await other.query(ADD, [1, 1]);
      return await valueOf(tx, 1);
    };
    expect(await db.transaction(look)).toBe(0);
    expect(await db.transaction(look, { isolation: 'READ COMMITTED' })).toBe(2);
  });

  test('refuses to write when it is to read', async () => {
    const { db } = await numbers();
    const work = db.transaction((tx) => tx.query(ADD, [1, 5]), { readOnly: true });
    await expect(work).rejects.toMatchObject({ code: '25006' });
  });

  test('fails when the work passed over a failure: nothing of it stands', async () => {
    const { db, other } = await numbers();
    const work = db.transaction(async (tx) => {
      await tx.query(ADD, [1, 5]);
      await failureOf(tx.query('select 1/0'));
      await failureOf(tx.query('select 1'));
    });
    await expect(work).rejects.toMatchObject({ code: '22012' });
    expect(await valueOf(other, 1)).toBe(0);
  });

  test('is told what the commit itself has against it', async () => {
    const { db, other } = await numbers();
    await other.query('delete from numbers where id = 2');
    await other.query(
      'alter table numbers add constraint later unique (value) deferrable initially deferred',
    );
    const ran: string[] = [];
    const work = db.transaction(async (tx) => {
      tx.afterCommit(() => ran.push('afterCommit'));
      tx.afterRollback(() => ran.push('afterRollback'));
      await tx.query('insert into numbers values (3, 0)');
    });
    await expect(work).rejects.toMatchObject({ code: '23505' });
    expect(ran).toEqual(['afterRollback']);
  });

  test('is over with its function', async () => {
    const { db } = await numbers();
    let kept: postgres.Transaction | undefined;
    await db.transaction(async (tx) => void (kept = tx));
    await expect(kept?.query('select 1')).rejects.toThrow(/^The transaction is over\.$/);
    expect(() => kept?.afterCommit(() => undefined)).toThrow(/^The transaction is over\.$/);
  });

  test('is lost with its backend, and not tried again', async () => {
    const { db, other } = await numbers({ maxConnections: 1 });
    let tries = 0;
    const work = db.transaction(async (tx) => {
      tries += 1;
      await tx.query(ADD, [1, 5]);
      await terminate(other, await backendOf(tx));
      await tx.query('select 1');
    });
    await expect(work).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE' });
    expect(tries).toBe(1);
    expect(await valueOf(db, 1)).toBe(0);
  });

  test('says so when nobody knows whether the commit was carried out', async () => {
    const { db, other } = await numbers();
    const ran: string[] = [];
    const work = db.transaction(async (tx) => {
      tx.afterCommit(() => ran.push('afterCommit'));
      tx.afterRollback(() => ran.push('afterRollback'));
      await terminate(other, await backendOf(tx));
    });
    await expect(work).rejects.toMatchObject({
      code: 'DATABASE_UNAVAILABLE',
      contextData: { isCommitUncertain: true },
    });
    expect(ran).toEqual([]);
  });
});

describe('the signal', () => {
  test('stops the statement and undoes the rest, and the connection is used again', async () => {
    const { db, other } = await numbers({ maxConnections: 1 });
    const backend = await backendOf(db);
    const controller = new AbortController();
    const work = failureOf(
      db.transaction(
        async (tx) => {
          await tx.query(ADD, [1, 5]);
          await tx.query(SLEEP);
        },
        { signal: controller.signal },
      ),
    );
    await running(other, SLEEP);
    controller.abort(bad);
    expect(await work).toBe(bad);
    await until('the statement to end', async () => (await countOf(other, SLEEP)) === 0);
    expect(await valueOf(db, 1)).toBe(0);
    expect(await backendOf(db)).toBe(backend);
  });

  test('aborted while the work looked away keeps it from being committed', async () => {
    const { db } = await numbers();
    const controller = new AbortController();
    const work = db.transaction(
      async (tx) => {
        await tx.query(ADD, [1, 5]);
        controller.abort(bad);
      },
      { signal: controller.signal },
    );
    await expect(work).rejects.toBe(bad);
    expect(await valueOf(db, 1)).toBe(0);
  });
});
