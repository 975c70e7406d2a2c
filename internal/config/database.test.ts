import { expect, it } from 'vitest';

import { databaseParts, databaseUser, describeDatabase, hasPassword } from './database.js';
import { load } from './load.js';
import { createWorld } from './testing/world.js';

it.each([
  [{}, 'default@default:default', undefined],
  [{ PGUSER: 'me', PGHOST: 'db', PGPORT: '6432' }, 'me@db:6432', 'me'],
  [{ DATABASE_URL: 'postgresql://u:s3cret@h:1/d' }, 'u@h:1', 'u'],
  [{ DATABASE_URL: 'postgres://h/d', PGUSER: 'me' }, 'me@h:default', 'me'],
  [{ DATABASE_URL: 'postgresql:///d' }, 'default@default:default', undefined],
  [{ DATABASE_URL: 'postgresql://u:p@/d?host=/run/pg' }, 'u@/run/pg:default', 'u'],
  [{ DATABASE_URL: 'postgresql://u@%2Frun%2Fpg/d' }, 'u@/run/pg:default', 'u'],
  [{ DATABASE_URL: 'postgresql://postgr%65s@h/d' }, 'postgres@h:default', 'postgres'],
  [{ DATABASE_URL: 'postgresql://me@h/d?user=postgres' }, 'postgres@h:default', 'postgres'],
  [{ DATABASE_URL: 'postgresql://h/d', PGUSER: 'postgres' }, 'postgres@h:default', 'postgres'],
])('describeDatabase() and databaseUser() read %j', (env, text, user) => {
  const config = load({ ...createWorld().options, env });
  expect(describeDatabase(config)).toBe(text);
  expect(databaseUser(config)).toBe(user);
});

it.each([
  ['postgresql://me@h/d', false],
  ['postgresql://h/d?sslmode=require', false],
  ['postgresql://me:x@h/d', true],
  ['postgresql://h/d?password=x', true],
  ['postgresql://h/d?sslpassword=x', true],
  ['postgresql://me:x@a:1,b:2/d', true],
  ['postgresql://me@a:1,b:2/d', false],
])('hasPassword(%s) is %s', (url, expected) => {
  expect(hasPassword(url)).toBe(expected);
});

it.each([
  [
    { PGHOST: 'db', PGPORT: '6432', PGDATABASE: 'd' },
    { host: 'db', port: 6432, name: 'd' },
  ],
  [
    { DATABASE_URL: 'postgresql://u@h:1/d', PGPASSWORD: 'x', PGUSER: 'me', PGDATABASE: 'e' },
    { url: 'postgresql://u@h:1/d', password: 'x' },
  ],
  [
    { DATABASE_URL: 'postgresql:///d?host=/run/pg', PGHOST: 'db', PGUSER: 'me' },
    { url: 'postgresql:///d?host=/run/pg', user: 'me' },
  ],
])('databaseParts() of %j leaves to the URL what it says', (env, parts) => {
  const config = load({ ...createWorld().options, env });
  expect(databaseParts(config)).toEqual({ ...parts, sslmode: 'prefer' });
});

it('databaseParts() takes the mode of the URL where it says one', () => {
  const env = { DATABASE_URL: 'postgresql://h/d?sslmode=require', PGSSLMODE: 'disable' };
  expect(databaseParts(load({ ...createWorld().options, env }))).not.toHaveProperty('sslmode');
});
