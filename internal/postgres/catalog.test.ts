import { describe, expect, onTestFinished, test } from 'vitest';

import { database } from '../../test/support/index.js';
import * as deferred from '../deferred/index.js';
import * as postgres from './index.js';

interface Shelf {
  readonly catalog: postgres.Catalog;
  readonly names: readonly string[];
  /** Every database that was opened, by name. */
  readonly opened: readonly (readonly [name: string, database: postgres.Database])[];
}

/** A catalog of `count` real databases. */
async function shelf(
  count: number,
  options: Partial<postgres.CatalogOptions> = {},
): Promise<Shelf> {
  const found = await Promise.all(Array.from({ length: count }, () => database()));
  const urls = new Map(found.map(({ name, url }) => [name, url]));
  const opened: (readonly [string, postgres.Database])[] = [];
  const catalog = postgres.openCatalog({
    capacity: 2,
    open: (name) => {
      const url = urls.get(name) ?? 'postgresql:///none?host=/none';
      const db = postgres.open({ address: { url }, applicationName: 'test' });
      opened.push([name, db]);
      return db;
    },
    ...options,
  });
  onTestFinished(() => catalog.close());
  return { catalog, names: [...urls.keys()], opened };
}

const ask = (db: postgres.Database): Promise<unknown> => db.query('select 1');

describe('a catalog', () => {
  test('opens a database once, and keeps it', async () => {
    const { catalog, names, opened } = await shelf(1);
    const [name = ''] = names;
    await Promise.all([catalog.use(name, ask), catalog.use(name, ask)]);
    await catalog.use(name, ask);
    expect(opened).toHaveLength(1);
    expect(catalog.size).toBe(1);
  });

  test('closes the one unused for longest to make room', async () => {
    const { catalog, names, opened } = await shelf(3);
    const [a = '', b = '', c = ''] = names;
    for (const name of [a, b, a, c, a]) await catalog.use(name, ask);
    expect(opened.map(([name]) => name)).toEqual([a, b, c]);
    await expect(opened[1]?.[1].query('select 1')).rejects.toThrow(/are closed/);
    await expect(opened[0]?.[1].query('select 1')).resolves.toMatchObject({ rowCount: 1 });
  });

  test('closes none that is in use, and finds it again meanwhile', async () => {
    const { catalog, names, opened } = await shelf(3, { capacity: 1 });
    const [a = '', b = '', c = ''] = names;
    const end = deferred.create<void>();
    const first = catalog.use(a, async (db) => {
      await end.promise;
      return await db.query('select 1');
    });
    await catalog.use(b, ask);
    await catalog.use(a, ask);
    await catalog.use(c, ask);
    expect(opened.map(([name]) => name)).toEqual([a, b, c]);
    end.resolve();
    await expect(first).resolves.toMatchObject({ rowCount: 1 });
    await expect(opened[0]?.[1].query('select 1')).rejects.toThrow(/are closed/);
    expect(catalog.size).toBe(1);
  });

  test('opens one anew whose fingerprint changed; who uses the old one may go on', async () => {
    let fingerprint = 'one';
    const { catalog, names, opened } = await shelf(1, { fingerprint: () => fingerprint });
    const [name = ''] = names;
    await catalog.use(name, async (old) => {
      fingerprint = 'two';
      await catalog.use(name, async (db) => expect(db).not.toBe(old));
      await ask(old);
    });
    await catalog.use(name, ask);
    expect(opened).toHaveLength(2);
    await expect(opened[0]?.[1].query('select 1')).rejects.toThrow(/are closed/);
  });

  test('hands on what the work throws, and stays of use', async () => {
    const { catalog, names } = await shelf(1);
    const [name = ''] = names;
    const bad = new Error('bad');
    await expect(catalog.use(name, () => Promise.reject(bad))).rejects.toBe(bad);
    await catalog.use(name, ask);
  });

  test('preloads by connecting, and says which cannot be', async () => {
    const { catalog, names, opened } = await shelf(2);
    await catalog.preload(names);
    expect(opened.map(([, db]) => db.stats().idle)).toEqual([1, 1]);
    await expect(catalog.preload(['none'])).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE' });
  });

  test('closed has none open and opens none', async () => {
    const { catalog, names } = await shelf(2);
    await catalog.preload(names);
    const closing = catalog.close();
    expect(catalog.close()).toBe(closing);
    await closing;
    expect(catalog.size).toBe(0);
    await expect(catalog.use('any', ask)).rejects.toThrow(/^The catalog of databases is closed\.$/);
  });
});

test.each([
  [2 * 1024 ** 3, 136],
  [15 * 1024 ** 2, 1],
  [0, 1],
])('capacityOf(%d) is %d', (bytes, capacity) => {
  expect(postgres.capacityOf(bytes)).toBe(capacity);
});
