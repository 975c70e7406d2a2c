import fs from 'node:fs';
import path from 'node:path';

import { expect, test } from 'vitest';

import { tempDir } from '../../test/support/index.js';
import * as postgres from './index.js';

const ADDRESS = { host: '/run/x', port: 5433, user: 'rodent', passFile: '/run/pass', name: 'app' };

test('announced() returns what announce() wrote, the latest', () => {
  const file = path.join(tempDir(), 'database.json');
  expect(postgres.announced(file)).toBeUndefined();
  postgres.announce(file, { host: '/run/old' });
  expect(postgres.announced(file)).toEqual({ host: '/run/old' });
  postgres.announce(file, ADDRESS);
  expect(postgres.announced(file)).toEqual(ADDRESS);
});

test('announce() writes for its user alone, never a password, and leaves nothing beside', () => {
  const dir = tempDir();
  const file = path.join(dir, 'database.json');
  postgres.announce(file, { ...ADDRESS, password: 'hidden' });
  expect(fs.statSync(file).mode & 0o777).toBe(0o600);
  expect(fs.readFileSync(file, 'utf8')).not.toContain('hidden');
  expect(fs.readdirSync(dir)).toEqual(['database.json']);
});

test('announce() refuses a URL, which may hold a password, and an address without a host', () => {
  const file = path.join(tempDir(), 'database.json');
  expect(() => postgres.announce(file, { url: 'postgresql://u:p@h/d' })).toThrow('by its URL');
  expect(() => postgres.announce(file, { name: 'app' })).toThrow('without a host');
  expect(postgres.announced(file)).toBeUndefined();
});

test('announce() names the file that it cannot write', () => {
  const file = path.join(tempDir(), 'missing', 'database.json');
  expect(() => postgres.announce(file, ADDRESS)).toThrow(
    expect.objectContaining({ code: 'FILE', message: expect.stringContaining(file) }),
  );
});

test.each([
  ['', 'JSON'],
  ['{"host": "/run', 'JSON'],
  ['[]', 'no "host"'],
  ['null', 'no address'],
  ['{"user": "rodent"}', 'no "host"'],
  ['{"host": 5}', '"host" is no text'],
  ['{"host": "/run", "port": "5432"}', '"port" is no number'],
])('announced() names the file that holds %j', (text, why) => {
  const file = path.join(tempDir(), 'database.json');
  fs.writeFileSync(file, text);
  expect(() => postgres.announced(file)).toThrow(
    expect.objectContaining({ code: 'FILE', message: expect.stringContaining(file) }),
  );
  expect(() => postgres.announced(file)).toThrow(why);
});

test('announced() passes over what it does not know', () => {
  const file = path.join(tempDir(), 'database.json');
  fs.writeFileSync(file, '{"host": "/run/x", "password": "hidden", "since": 4}');
  expect(postgres.announced(file)).toEqual({ host: '/run/x' });
});
