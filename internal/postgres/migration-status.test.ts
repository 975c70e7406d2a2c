import { describe, expect, test } from 'vitest';

import * as postgres from './index.js';
import { ALL, ONE, THREE, TWO, empty, rejection, tables } from './testing/migrations.js';

describe('a schema that does not fit', () => {
  const mismatch = (text: string): unknown =>
    expect.objectContaining({
      code: 'SCHEMA_MISMATCH',
      message: expect.stringContaining(text),
    });

  test('is refused where it is newer, with nothing applied', async () => {
    const db = await empty();
    await postgres.migrate(db, [ONE, THREE]);
    expect(await rejection(postgres.migrate(db, [ONE, TWO]))).toEqual(
      mismatch('newer than this version: it holds the migration "0003-three"'),
    );
    expect(await rejection(postgres.requireCurrent(db, [ONE]))).toEqual(mismatch('newer'));
    expect(await tables(db, 'two')).toEqual([false]);
  });

  test('is refused where a migration was changed, however its lines end', async () => {
    const db = await empty();
    await postgres.migrate(db, [{ name: '0001-one', sql: 'select 1;\nselect 2;' }]);
    await postgres.requireCurrent(db, [{ name: '0001-one', sql: 'select 1;\r\nselect 2;' }]);
    const changed = [{ name: '0001-one', sql: 'select 1;\nselect 3;' }, TWO];
    expect(await rejection(postgres.migrate(db, changed))).toEqual(
      mismatch('another text of the migration "0001-one"'),
    );
    expect(await postgres.migrationStatus(db, changed)).toMatchObject({
      changed: ['0001-one'],
      pending: ['0002-two'],
    });
    expect(await tables(db, 'two')).toEqual([false]);
  });

  test('is refused where a missing migration comes before one that is there', async () => {
    const db = await empty();
    await postgres.migrate(db, [ONE, THREE]);
    expect(await rejection(postgres.migrate(db, ALL))).toEqual(
      mismatch('"0003-three" already, which comes after the migration "0002-two"'),
    );
    expect(await tables(db, 'two')).toEqual([false]);
  });

  test('requireCurrent() says what is missing and how to get it', async () => {
    const db = await empty();
    expect(await rejection(postgres.requireCurrent(db, ALL))).toEqual(
      mismatch('lacks 3 migrations, "0001-one" to "0003-three". Run "rodent db migrate".'),
    );
    await postgres.migrate(db, [ONE]);
    expect(await rejection(postgres.requireCurrent(db, ALL))).toEqual(
      mismatch('lacks the migrations "0002-two" and "0003-three".'),
    );
    await postgres.migrate(db, ALL);
    await postgres.requireCurrent(db, ALL);
  });
});

describe('migrationStatus()', () => {
  test('tells of an empty database, and writes nothing', async () => {
    const db = await empty();
    expect(await postgres.migrationStatus(db, ALL)).toEqual({
      applied: [],
      pending: ['0001-one', '0002-two', '0003-three'],
      unknown: [],
      changed: [],
    });
    expect(await tables(db, 'rodent.migrations')).toEqual([false]);
  });

  test('tells when each was applied', async () => {
    const db = await empty();
    await postgres.migrate(db, [ONE, TWO]);
    const { applied } = await postgres.migrationStatus(db, [ONE, TWO]);
    const iso = /^\d{4}-\d\d-\d\dT[\d:.]{12}Z$/;
    expect(applied).toEqual([
      { name: '0001-one', appliedAt: expect.stringMatching(iso) },
      { name: '0002-two', appliedAt: expect.stringMatching(iso) },
    ]);
  });

  test.each([
    [[TWO, ONE], 'not in order: "0001-one" stands after "0002-two"'],
    [[ONE, ONE], 'not in order: "0001-one" stands after "0001-one"'],
    [[{ name: 'a b', sql: '' }], 'cannot have the name "a b"'],
  ])('refuses a list that is no list of migrations', async (list, why) => {
    const db = await empty();
    await expect(postgres.migrationStatus(db, list)).rejects.toThrow(why);
    await expect(postgres.migrate(db, list)).rejects.toThrow(why);
  });
});
