/** `rodent db` as its users type it, with a real database. */

import net from 'node:net';
import path from 'node:path';

import pg from 'pg';
import { describe, expect, onTestFinished, test } from 'vitest';

import { database, project, tempDir } from './support/index.js';
import type { Outcome } from './support/index.js';

interface Own {
  readonly name: string;
  db(...words: string[]): Promise<Outcome>;
  /** Runs a statement in the database. */
  query(sql: string): Promise<readonly unknown[]>;
}

/** A project whose database is an empty one of the test's own. */
async function owned(): Promise<Own> {
  const { url, name } = await database();
  const { run } = await project();
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  onTestFinished(() => client.end());
  return {
    name,
    db: (...words) => run(['db', ...words], { env: { DATABASE_URL: url } }),
    query: async (sql) => (await client.query(sql)).rows as readonly unknown[],
  };
}

/** Runs the command with a database that is not there, or with none. */
async function without(url: string | undefined, ...words: string[]): Promise<Outcome> {
  const { run } = await project();
  return run(['db', ...words], { env: { DATABASE_URL: url, PGHOST: undefined } });
}

describe('rodent db migrate and status', () => {
  test('brings an empty database up to date, names each migration, and once is enough', async () => {
    const own = await owned();
    const before = await own.db('status');
    expect(before).toMatchObject({ code: 1, stderr: '' });
    expect(before.stdout).toMatch(/^0001-\S+ +pending$/m);
    const first = await own.db('migrate');
    expect(first).toMatchObject({ code: 0, stderr: 'The schema is up to date.\n' });
    const names = before.stdout
      .trim()
      .split('\n')
      .map((line) => line.split(' ')[0]);
    const applied = first.stdout
      .trim()
      .split('\n')
      .map((line) => line.split(' ')[1]);
    expect(applied).toEqual(names);
    expect(first.stdout).toMatch(/^applied 0001-\S+ in \S/);
    expect(await own.db('migrate')).toMatchObject({ code: 0, stdout: '' });
    const after = await own.db('status');
    expect(after.code).toBe(0);
    expect(after.stdout).toMatch(/^0001-\S+ +applied +\d{4}-\d\d-\d\dT\S+Z$/m);
    expect(await own.query('select name from rodent.migrations')).toHaveLength(names.length);
  });

  test('speaks JSON', async () => {
    const own = await owned();
    const before = await own.db('status', '--json');
    expect(before.code).toBe(1);
    const { pending } = JSON.parse(before.stdout) as { pending: string[] };
    const migrated = await own.db('migrate', '--json');
    expect(JSON.parse(migrated.stdout)).toEqual({ applied: pending });
    const after = await own.db('status', '--json');
    expect(after.code).toBe(0);
    expect(JSON.parse(after.stdout)).toMatchObject({ pending: [], unknown: [], changed: [] });
  });

  test('several at once bring it up to date together', async () => {
    const own = await owned();
    const runs = await Promise.all([1, 2, 3].map(() => own.db('migrate', '--json')));
    expect(runs.map(({ code, stderr }) => [code, stderr])).toEqual([1, 2, 3].map(() => [0, '']));
    const applied = runs.flatMap(
      ({ stdout }) => (JSON.parse(stdout) as { applied: string[] }).applied,
    );
    expect(await own.query('select name from rodent.migrations order by 1')).toEqual(
      applied.toSorted().map((name) => ({ name })),
    );
  });

  test('a schema that a newer or another version made is refused, and shown', async () => {
    const own = await owned();
    await own.db('migrate');
    await own.query(`insert into rodent.migrations values ('9999-future', 'x')`);
    const newer = await own.db('migrate');
    expect(newer.code).toBe(1);
    expect(newer.stderr).toMatch(
      /^rodent: The schema of the database is newer than this version: .*"9999-future".*\n$/,
    );
    const status = await own.db('status');
    expect(status.code).toBe(1);
    expect(status.stdout).toMatch(/^9999-future +unknown to this version$/m);
    await own.query(`delete from rodent.migrations where name = '9999-future'`);
    await own.query(`update rodent.migrations set checksum = 'x' where name like '0001-%'`);
    expect((await own.db('migrate')).stderr).toMatch(/holds another text of the migration "0001-/);
    expect((await own.db('status')).stdout).toMatch(/^0001-\S+ +changed /m);
  });

  test('migrate --timeout ends a wait for another migrator', async () => {
    const own = await owned();
    await own.query(
      `begin; select pg_advisory_xact_lock(hashtextextended('rodent.migrations', 0))`,
    );
    const outcome = await own.db('migrate', '--timeout', '500ms');
    expect(outcome).toMatchObject({ code: 1, stdout: '' });
    expect(outcome.stderr).toBe('rodent: The database took longer than 500ms.\n');
    await own.query('rollback');
    expect((await own.db('migrate')).code).toBe(0);
  });
});

describe('rodent db ping', () => {
  test('prints who answered, in one line or as JSON', async () => {
    const own = await owned();
    const { code, stdout, stderr } = await own.db('ping');
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(
      /^PostgreSQL \S+, a primary: database "\w+" as "\w+" \(a superuser\), answered in [\d.]+ms\.\n$/,
    );
    expect(stdout).toContain(`"${own.name}"`);
    expect(JSON.parse((await own.db('ping', '--json')).stdout)).toMatchObject({
      database: own.name,
      isStandby: false,
      latencyMs: expect.any(Number),
    });
  });

  test('takes the database from a flag', async () => {
    const { url, name } = await database();
    const outcome = await without(undefined, 'ping', '--database-url', url);
    expect(outcome.stdout).toContain(`"${name}"`);
  });

  test('gives up on a server that says nothing', async () => {
    const dir = tempDir();
    const sockets = new Set<net.Socket>();
    const server = net.createServer((socket) => sockets.add(socket.on('error', () => undefined)));
    server.listen(path.join(dir, '.s.PGSQL.5432'));
    onTestFinished(() => {
      server.close();
      for (const socket of sockets) socket.destroy();
    });
    const outcome = await without(`postgresql://me@/x?host=${dir}`, 'ping', '--timeout', '200ms');
    expect(outcome.code).toBe(1);
    expect(outcome.stderr).toMatch(/^rodent: .*does not answer.*\n$/);
  });
});

describe('rodent db', () => {
  test.each(['ping', 'status', 'migrate'])(
    '%s says in one sentence that no server runs',
    async (verb) => {
      const dir = tempDir();
      const outcome = await without(`postgresql://me:hidden@/x?host=${dir}`, verb);
      expect(outcome).toMatchObject({ code: 1, stdout: '' });
      expect(outcome.stderr).toMatch(/^rodent: Cannot connect to the database .*\.\n$/);
      expect(outcome.stderr).not.toContain('hidden');
    },
  );

  test.each(['ping', 'status', 'migrate'])('%s says that there is no database', async (verb) => {
    const outcome = await without(undefined, verb);
    expect(outcome).toMatchObject({ code: 1, stdout: '' });
    expect(outcome.stderr).toMatch(/^rodent: There is no database: none is configured/);
    expect((await without(undefined, verb, '--database', 'off')).stderr).toMatch(/switched off/);
  });

  test.each([
    [
      ['migrat'],
      /^rodent: There is no action "migrat"; use migrate, status, ping or url\..*"migrate"/,
    ],
    [[], /^rodent: A word is missing/],
    [['ping', '--timeout', 'soon'], /^rodent: --timeout must be /],
    [['ping', '--database-url', 'nonsense'], /^rodent: /],
  ])('%j is a mistake of usage', async (words, message) => {
    const outcome = await without(undefined, ...words);
    expect(outcome).toMatchObject({ code: 2, stdout: '' });
    expect(outcome.stderr).toMatch(message);
  });

  test('the help names the actions, and which database is meant', async () => {
    const { stdout } = await without(undefined, '--help');
    for (const word of ['migrate, status, ping or url', '--database-url', '--timeout', '--json']) {
      expect(stdout).toContain(word);
    }
  });
});

test('rodent db url prints where the database is, for other clients, without a password', async () => {
  const url = 'postgresql://shop:s3cret@db.example:6432/shop?sslmode=require';
  const { code, stdout } = await without(url, 'url');
  expect(code).toBe(0);
  expect(stdout).toBe('postgresql://shop@db.example:6432/shop\n');
});
