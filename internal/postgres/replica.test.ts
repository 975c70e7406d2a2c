import { describe, expect, test } from 'vitest';

import { database, freePort } from '../../test/support/index.js';
import type * as postgres from './index.js';
import { backendOf, opened, terminate } from './testing/database.js';

/** A primary and another database in the place of its copy, so that it shows which of them answers. */
async function pair(): Promise<{
  readonly db: postgres.Database;
  readonly copy: string;
  readonly primary: string;
  readonly events: readonly postgres.DatabaseEvent[];
}> {
  const { url, name: copy } = await database();
  const { db, name: primary, events } = await opened({ replica: { url } });
  return { db, copy, primary, events };
}

async function nameOf(asked: postgres.Queryable): Promise<unknown> {
  const { rows } = await asked.query<{ name: string }>('select current_database() as name');
  return rows[0]?.name;
}

describe('a replica', () => {
  test('serves what only reads, and the primary the rest', async () => {
    const { db, copy, primary } = await pair();
    expect(await db.session(nameOf, { readOnly: true })).toBe(copy);
    expect(await db.transaction(nameOf, { readOnly: true })).toBe(copy);
    expect(await db.session(nameOf)).toBe(primary);
    expect(await db.transaction(nameOf)).toBe(primary);
    expect(await nameOf(db)).toBe(primary);
    expect(db.stats()).toEqual({ total: 2, idle: 2, waiting: 0, borrowed: 0 });
  });

  test('that is not there is left alone for 20 minutes, told once', async () => {
    const replica = { host: '127.0.0.1', port: await freePort(), user: 'u' };
    const { db, name, events } = await opened({ replica });
    for (let round = 0; round < 3; round += 1) {
      expect(await db.session(nameOf, { readOnly: true })).toBe(name);
    }
    expect(events).toMatchObject([
      { type: 'REPLICA_LOST', forMs: 20 * 60_000, error: { code: 'DATABASE_UNAVAILABLE' } },
    ]);
  });

  test('that refuses is none', async () => {
    const { url } = await database();
    const { db, name } = await opened({ replica: { url, name: 'none_such' } });
    expect(await db.session(nameOf, { readOnly: true })).toBe(name);
  });

  test('that goes in the middle of a transaction has it done by the primary', async () => {
    const { url } = await database();
    const { db, name, other } = await opened({ replica: { url } });
    let tries = 0;
    const work = async (tx: postgres.Transaction): Promise<unknown> => {
      tries += 1;
      if (tries === 1) await terminate(other, await backendOf(tx));
      return await nameOf(tx);
    };
    expect(await db.transaction(work, { readOnly: true })).toBe(name);
    expect(tries).toBe(2);
    expect(await db.session(nameOf, { readOnly: true })).toBe(name);
  });

  test('with too much to do is not taken for a failed one', async () => {
    const { url } = await database();
    const { db, events } = await opened({
      replica: { url },
      maxConnections: 1,
      acquireTimeoutMs: 1,
    });
    await db.session(
      async () => {
        const second = db.session(nameOf, { readOnly: true });
        await expect(second).rejects.toMatchObject({ code: 'DATABASE_BUSY' });
      },
      { readOnly: true },
    );
    expect(events).toEqual([]);
  });

  test('closes with the primary', async () => {
    const { db } = await pair();
    await db.session(nameOf, { readOnly: true });
    await db.close();
    expect(db.stats().total).toBe(0);
    await expect(db.session(nameOf, { readOnly: true })).rejects.toThrow(/are closed/);
  });
});
