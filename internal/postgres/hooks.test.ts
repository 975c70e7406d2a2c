import { describe, expect, test } from 'vitest';

import { ADD, numbers, valueOf } from './testing/numbers.js';

const bad = new Error('bad');

describe('hooks', () => {
  test('run around a commit, in the order of their registration', async () => {
    const { db, other } = await numbers({ maxConnections: 1 });
    const ran: string[] = [];
    await db.transaction(async (tx) => {
      tx.afterCommit(async () => {
        ran.push(`afterCommit ${await valueOf(other, 1)} ${db.stats().borrowed}`);
      });
      tx.afterCommit(() => ran.push('afterCommit again'));
      tx.beforeCommit(async () => {
        ran.push('beforeCommit');
        await tx.query(ADD, [1, 1]);
        tx.beforeCommit(() => ran.push('beforeCommit added'));
      });
      tx.beforeCommit(() => ran.push('beforeCommit again'));
      tx.beforeRollback(() => ran.push('beforeRollback'));
      tx.afterRollback(() => ran.push('afterRollback'));
      ran.push('work');
    });
    expect(ran).toEqual([
      'work',
      'beforeCommit',
      'beforeCommit again',
      'beforeCommit added',
      'afterCommit 1 0',
      'afterCommit again',
    ]);
  });

  test('run around a rollback', async () => {
    const { db } = await numbers();
    const ran: string[] = [];
    const work = db.transaction(async (tx) => {
      tx.beforeCommit(() => ran.push('beforeCommit'));
      tx.afterCommit(() => ran.push('afterCommit'));
      tx.afterRollback(() => ran.push('afterRollback'));
      tx.beforeRollback(() => ran.push('beforeRollback'));
      await tx.query('bad');
    });
    await expect(work).rejects.toMatchObject({ code: '42601' });
    expect(ran).toEqual(['beforeRollback', 'afterRollback']);
  });

  test('that throw before the commit undo all', async () => {
    const { db } = await numbers();
    const work = db.transaction(async (tx) => {
      await tx.query(ADD, [1, 5]);
      tx.beforeCommit(() => Promise.reject(bad));
    });
    await expect(work).rejects.toBe(bad);
    expect(await valueOf(db, 1)).toBe(0);
  });

  test('that throw at another time are told, and the next ones run', async () => {
    const { db, events } = await numbers();
    const ran: string[] = [];
    const fail = (): never => {
      throw bad;
    };
    const done = await db.transaction(async (tx) => {
      tx.afterCommit(fail);
      tx.afterCommit(() => ran.push('afterCommit'));
      await tx.query(ADD, [1, 5]);
      return 'done';
    });
    expect(done).toBe('done');
    const undone = db.transaction(async (tx) => {
      tx.beforeRollback(fail);
      tx.afterRollback(fail);
      tx.afterRollback(() => ran.push('afterRollback'));
      await tx.query('bad');
    });
    await expect(undone).rejects.toMatchObject({ code: '42601' });
    expect(ran).toEqual(['afterCommit', 'afterRollback']);
    expect(events).toEqual([
      { type: 'HOOK_FAILED', hook: 'afterCommit', error: bad },
      { type: 'HOOK_FAILED', hook: 'beforeRollback', error: bad },
      { type: 'HOOK_FAILED', hook: 'afterRollback', error: bad },
    ]);
    expect(await valueOf(db, 1)).toBe(5);
  });
});
