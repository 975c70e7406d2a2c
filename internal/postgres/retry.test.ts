import { describe, expect, test } from 'vitest';

import * as deferred from '../deferred/index.js';
import type * as postgres from './index.js';
import { failureOf } from './testing/database.js';
import { ADD, numbers, valueOf } from './testing/numbers.js';

describe('a conflict', () => {
  test('of two that change what both have read is tried again, from the start', async () => {
    const { db, other, events } = await numbers();
    let tries = 0;
    const ran: number[] = [];
    const total = await db.transaction(async (tx) => {
      tries += 1;
      const number = tries;
      tx.afterCommit(() => ran.push(number));
      const value = await valueOf(tx, 1);
      if (tries === 1) await other.query(ADD, [1, 10]);
      await tx.query('update numbers set value = $1 where id = 1', [value + 1]);
      return value + 1;
    });
    expect({ total, tries, ran }).toEqual({ total: 11, tries: 2, ran: [2] });
    expect(await valueOf(other, 1)).toBe(11);
    expect(events).toMatchObject([
      { type: 'TRANSACTION_RETRIED', attempt: 1, error: { code: '40001' } },
    ]);
  });

  test('of two serializable ones that cross is tried again', async () => {
    const { db, other } = await numbers();
    const met = [deferred.create<void>(), deferred.create<void>()] as const;
    const cross = async (from: 0 | 1): Promise<void> => {
      const [read, write] = from === 0 ? [1, 2] : [2, 1];
      const work = async (tx: postgres.Transaction): Promise<void> => {
        const value = await valueOf(tx, read);
        met[from].resolve();
        await Promise.all(met.map(({ promise }) => promise));
        await tx.query(ADD, [write, value + 1]);
      };
      await db.transaction(work, { isolation: 'SERIALIZABLE' });
    };
    await Promise.all([cross(0), cross(1)]);
    const values = [await valueOf(other, 1), await valueOf(other, 2)];
    expect(new Set(values)).toEqual(new Set([1, 2]));
  });

  test('that ends in a deadlock is tried again', async () => {
    const { db, other } = await numbers();
    const met = [deferred.create<void>(), deferred.create<void>()] as const;
    const cross = (from: 0 | 1): Promise<void> =>
      db.transaction(
        async (tx) => {
          const [one, two] = from === 0 ? [1, 2] : [2, 1];
          await tx.query(ADD, [one, 1]);
          met[from].resolve();
          await Promise.all(met.map(({ promise }) => promise));
          await tx.query(ADD, [two, 1]);
        },
        { isolation: 'READ COMMITTED' },
      );
    await Promise.all([cross(0), cross(1)]);
    expect([await valueOf(other, 1), await valueOf(other, 2)]).toEqual([2, 2]);
  });

  test('over a lock is tried as often as said, and the last error is thrown', async () => {
    const { db, other, events } = await numbers();
    let tries = 0;
    await other.transaction(async (blocker) => {
      await blocker.query(ADD, [1, 1]);
      const work = db.transaction(
        async (tx) => {
          tries += 1;
          try {
            await tx.query('select 1 from numbers where id = 1 for update nowait');
          } catch (cause) {
            throw new Error('wrapped', { cause });
          }
        },
        { attempts: 2 },
      );
      await expect(work).rejects.toMatchObject({ message: 'wrapped', cause: { code: '55P03' } });
    });
    expect(tries).toBe(2);
    expect(events).toHaveLength(1);
  });

  test('holds no connection while it waits, and the wait ends by the signal', async () => {
    const controller = new AbortController();
    const reason = new Error('enough');
    const told = deferred.create<void>();
    const retried = await numbers({ maxConnections: 1, observe: () => told.resolve() });
    const work = failureOf(
      retried.db.transaction(
        async (tx) => {
          await valueOf(tx, 1);
          await retried.other.query(ADD, [1, 1]);
          await tx.query(ADD, [1, 1]);
        },
        { signal: controller.signal },
      ),
    );
    await told.promise;
    expect(retried.db.stats().borrowed).toBe(0);
    controller.abort(reason);
    expect(await work).toBe(reason);
  });

  test('other than these is not tried again', async () => {
    const { db, events } = await numbers();
    const work = db.transaction((tx) => tx.query('insert into numbers values (1, 1)'));
    await expect(work).rejects.toMatchObject({ code: '23505' });
    expect(events).toEqual([]);
  });
});
