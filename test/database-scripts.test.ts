/** Worker scripts of a service: they use its database, wherever that is configured, and no other. */

import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

import pg from 'pg';
import { expect, onTestFinished, test } from 'vitest';

import { database, supervised, until } from './support/index.js';
import type { Project } from './support/index.js';

const PACKAGE = pathToFileURL(
  fileURLToPath(new URL('../dist/bundle/worker.js', import.meta.url)),
).href;

/** A worker that leaves word of where it is. */
const SCRIPT = `
import * as worker from '${PACKAGE}';
await worker.main(async (config, log, db) => {
  await db.query('create table if not exists traces (at timestamptz default now())');
  await db.query('insert into traces default values');
});
`;

const APP = `
export default {
  async fetch(request, env) {
    const { rows } = await env.db.query("select to_regclass('traces') is not null as found");
    return Response.json(rows[0].found);
  },
};
`;

const FAST = ['workers=1', 'database.beat=200ms', 'database.lostAfter=60s'];

function withScript(own: Project): void {
  own.write('workers/queue/take.mjs', SCRIPT);
  own.write('uniphant.conf', '');
  // The server's user, who is not root, keeps its data in here.
  fs.chmodSync(own.dir, 0o755);
  fs.mkdirSync(path.join(own.dir, '.rodent'), 0o755);
}

async function tablesOf(url: string): Promise<readonly string[]> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 30_000 });
  await client.connect();
  onTestFinished(() => client.end());
  const { rows } = await client.query<{ readonly name: string }>(
    `select schemaname || '.' || tablename as name from pg_tables where schemaname !~ '^pg_|^info'`,
  );
  return rows.map(({ name }) => name);
}

async function untilTraced(own: Project, env: Readonly<Record<string, string>>): Promise<void> {
  const scaled = await own.run(['worker', 'scale', 'queue.take', '1'], { env });
  expect(scaled).toMatchObject({ code: 0 });
  await until('a trace of the script', async () => (await fetch(own.url)).json());
  expect((await own.run(['stop'])).code).toBe(0);
}

test('worker scripts use the embedded database, whatever the environment names', async () => {
  const { url } = await database();
  const env = { DATABASE_URL: url, PGPORT: '1', PGPASSWORD: 'none of this' };
  const own = await supervised(APP, ['database=embedded', ...FAST], env, withScript);
  await untilTraced(own, env);
  expect(await tablesOf(url)).toEqual([]);
});

test('worker scripts use the database that a file of the configuration names', async () => {
  const [{ url }, { url: other }] = [await database(), await database()];
  const { hostname, pathname, port, searchParams, username } = new URL(url);
  const conf = [
    `database.host=${searchParams.get('host') ?? hostname}`,
    `database.port=${port === '' ? '5432' : port}`,
    `database.user=${username}`,
    `database.name=${pathname.slice(1)}`,
  ];
  const own = await supervised(APP, [...conf, ...FAST], { RODENT_MIGRATE: 'yes' }, withScript);
  await untilTraced(own, {});
  expect((await tablesOf(url)).filter((name) => name.endsWith('.traces'))).toHaveLength(1);
  expect(await tablesOf(other)).toEqual([]);
});

test('worker scripts use the database that a flag names', async () => {
  const [{ url }, { url: other }] = [await database(), await database()];
  const env = { DATABASE_URL: other, RODENT_MIGRATE: 'yes' };
  const own = await supervised(APP, FAST, env, (made) => {
    withScript(made);
    made.write('named.conf', '');
  });
  expect((await own.run(['stop'], { env })).code).toBe(0);
  const started = await own.run(['serve', '-d', '--database-url', url], { env });
  expect(started).toMatchObject({ code: 0 });
  await untilTraced(own, { DATABASE_URL: url });
  expect((await tablesOf(other)).filter((name) => name.endsWith('.traces'))).toEqual([]);
});
