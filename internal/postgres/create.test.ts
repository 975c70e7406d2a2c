import { randomUUID } from 'node:crypto';

import { expect, onTestFinished, test } from 'vitest';

import { administrate, database } from '../../test/support/index.js';
import * as postgres from './index.js';

/** A name with everything that has to be quoted, dropped when the test ends. */
function freshName(): string {
  const name = `Test "${randomUUID()}"`;
  onTestFinished(() => administrate(`drop database if exists ${quoted(name)} with (force)`));
  return name;
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

test('create() makes a database once', async () => {
  const { url } = await database();
  const name = freshName();
  expect(await postgres.create({ url }, name)).toBe('created');
  expect(await postgres.create({ url }, name)).toBe('there');
  const pong = await postgres.ping({ url, name }, { timeoutMs: 60_000 });
  expect(pong.database).toBe(name);
});

test('create() does not mind that the address names the missing database itself', async () => {
  const { url } = await database();
  const name = freshName();
  expect(await postgres.create({ url, name }, name)).toBe('created');
});

test('create() several times at once makes it once', async () => {
  const { url } = await database();
  const name = freshName();
  const outcomes = await Promise.all([1, 2, 3, 4].map(() => postgres.create({ url }, name)));
  expect(outcomes.toSorted()).toEqual(['created', 'there', 'there', 'there']);
});

test('create() is refused without the privilege', async () => {
  const { url, name: user } = await database();
  await administrate(`create role ${user} login`);
  onTestFinished(() => administrate(`drop role ${user}`));
  expect(await postgres.create({ url, user }, freshName())).toBe('refused');
});

test('create() finds a database that the user may not enter', async () => {
  const { url, name } = await database();
  await administrate(`create role ${name} login; revoke connect on database ${name} from public`);
  onTestFinished(() => administrate(`drop role ${name}`));
  expect(await postgres.create({ url, user: name }, name)).toBe('there');
});

test('create() fails where no server is', async () => {
  await expect(postgres.create({ host: '/nowhere', user: 'me' }, 'x')).rejects.toMatchObject({
    code: 'DATABASE_UNAVAILABLE',
  });
});
