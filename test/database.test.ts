/** A service and its database: registered, away and back, embedded. */

import fs from 'node:fs';
import path from 'node:path';

import pg from 'pg';
import { describe, expect, onTestFinished, test } from 'vitest';

import type { ServiceStatus } from '../internal/instance/index.js';
import { allRun, database, project, proxy, stateOf, supervised, until } from './support/index.js';
import type { Project } from './support/index.js';

/** A process as the database has it. */
interface Row {
  readonly id: string;
  readonly kind: string;
  readonly name: string;
  readonly pid: number;
  readonly heartbeat_at: Date;
}

const FAST = ['database.beat=200ms', 'database.lostAfter=2s'];

/** Answers a query on the database of the service. */
const APP = `
export default {
  async fetch(request, env) {
    if (new URL(request.url).pathname === '/plain') return new Response(String(process.pid));
    const { rows } = await env.db.query('select current_database() as name');
    return new Response(rows[0].name);
  },
};
`;

/** A client for what a test looks up by itself. */
async function client(url: string): Promise<pg.Client> {
  const opened = new pg.Client({ connectionString: url, connectionTimeoutMillis: 30_000 });
  opened.on('error', () => undefined);
  await opened.connect();
  onTestFinished(() => opened.end());
  return opened;
}

async function processes(looking: pg.Client): Promise<readonly Row[]> {
  const { rows } = await looking.query<Row>('select * from rodent.processes order by kind, name');
  return rows;
}

function kinds(rows: readonly Row[]): readonly string[] {
  return rows.map(({ kind, name }) => `${kind} ${name}`);
}

async function textOf(own: Project, path = '/'): Promise<string> {
  const response = await fetch(`${own.url}${path}`, { headers: { connection: 'close' } });
  return response.text();
}

describe('a service with a configured database', () => {
  test('refuses to start before its schema is there, and brings it up to date when told', async () => {
    const { url } = await database();
    const own = await project(APP);
    const env = { DATABASE_URL: url };
    const refused = await own.run(['serve', '-d'], { env });
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(/Run "rodent db migrate"/);
    const started = await own.run(['serve', '-d', '--migrate'], { env });
    expect(started).toMatchObject({ code: 0 });
    const looking = await client(url);
    await until('the registration', async () => (await processes(looking)).length === 1);
    expect(kinds(await processes(looking))).toEqual(['service rodent']);
    expect(await textOf(own)).toBe(new URL(url).pathname.slice(1));
    expect(await own.run(['stop'], { env })).toMatchObject({ code: 0 });
    expect(await processes(looking)).toEqual([]);
    expect(await own.run(['serve', '-d'], { env })).toMatchObject({ code: 0 });
  });

  test('registers every process, and ends those that the database no longer has', async () => {
    const { url } = await database();
    const own = await supervised(APP, FAST, { DATABASE_URL: url, RODENT_MIGRATE: 'yes' });
    const looking = await client(url);
    const all = ['http http-1', 'http http-2', 'supervisor rodent'];
    await until('the registration', async () => (await processes(looking)).length === 3);
    const before = await processes(looking);
    expect(kinds(before)).toEqual(all);
    const [victim] = before;
    await looking.query('delete from rodent.processes where id = $1', [victim?.id]);
    await until('another worker in its place', async () => {
      const now = await processes(looking);
      return kinds(now).join() === all.join() && now[0]?.pid !== victim?.pid;
    });
    await own.workers('both workers', allRun(2));
    const supervisor = (await processes(looking)).find(({ kind }) => kind === 'supervisor');
    await looking.query('select rodent.request_process_termination($1)', [supervisor?.id]);
    await until('the end', async () => (await own.run(['status'])).code === 3);
    expect(await processes(looking)).toEqual([]);
  });

  test('serves while the database is away, and beats again when it is back', async () => {
    const { url } = await database();
    const way = await proxy(url);
    const env = { DATABASE_URL: way.url, RODENT_MIGRATE: 'yes' };
    const own = await supervised(APP, FAST, env);
    const looking = await client(url);
    await until('the registration', async () => (await processes(looking)).length === 3);
    const pids = await own.pids();
    await way.cut();
    await until(
      'the status to tell',
      async () => (await own.status()).database?.isReachable === false,
    );
    expect(await textOf(own, '/plain')).toMatch(/^\d+$/);
    expect((await own.run(['status'])).stdout).toMatch(
      /database +configured, Cannot connect to the database/,
    );
    // As another host would that holds this one for lost.
    await looking.query('delete from rodent.processes');
    await until('the rows to be too old', async () => {
      const { lastBeatAt = '' } = (await own.status()).database ?? {};
      return Date.now() - Date.parse(lastBeatAt) > 2_500;
    });
    await way.mend();
    await until('the registration', async () => (await processes(looking)).length === 3);
    expect(await own.pids()).toEqual(pids);
    expect((await own.run(['stop'])).code).toBe(0);
  });

  test('starts while the database is away, and stops', async () => {
    const { url } = await database();
    const way = await proxy(url);
    await way.cut();
    const own = await supervised(APP, FAST, { DATABASE_URL: way.url });
    expect((await own.status()).database).toMatchObject({ kind: 'configured', isReachable: false });
    expect(await textOf(own, '/plain')).toMatch(/^\d+$/);
    expect((await own.run(['stop'])).code).toBe(0);
  });

  test('opens the databases of database.preload at its start, and creates what is missing', async () => {
    const { url, name } = await database();
    const other = `${name}_b`;
    const own = await supervised(APP, [`database.preload=${other}`], {
      DATABASE_URL: url,
      RODENT_MIGRATE: 'yes',
    });
    const looking = await client(url);
    const { rowCount } = await looking.query('select 1 from pg_database where datname = $1', [
      other,
    ]);
    expect(rowCount).toBe(1);
    expect((await own.run(['stop'])).code).toBe(0);
    await looking.query(`drop database ${other} with (force)`);
  });
});

describe('a service with an embedded database', () => {
  const CONF = ['database=embedded', ...FAST];
  const KEEPING = `
export default {
  async fetch(request, env) {
    await env.db.query('create table if not exists visits (at timestamptz)');
    await env.db.query('insert into visits values (now())');
    const { rows } = await env.db.query('select count(*) from visits');
    return new Response(rows[0].count);
  },
};
`;

  /** A home that the server's user may enter, who is not root: the data stays in it. */
  function openToNobody({ dir }: Project): void {
    fs.chmodSync(dir, 0o755);
    fs.mkdirSync(path.join(dir, '.rodent'), 0o755);
  }

  /** Answers when the database does. */
  function visit(own: Project): Promise<string> {
    return until('the database to answer', async () => {
      const response = await fetch(own.url, { headers: { connection: 'close' } });
      return response.ok ? response.text() : undefined;
    });
  }

  test('has a server of its own, whose data outlives it', async () => {
    const own = await supervised(KEEPING, CONF, {}, openToNobody);
    expect(await visit(own)).toBe('1');
    const isReady = ({ database }: ServiceStatus): boolean => database?.isReachable === true;
    await until('the registration', async () => isReady(await own.status()));
    const { workers } = await own.status();
    expect(workers.map(({ name, kind, state }) => [name, kind, state])).toContainEqual([
      'postgres',
      'database',
      'RUNNING',
    ]);
    const server = workers.find(({ kind }) => kind === 'database')?.pid ?? 0;
    process.kill(server, 'SIGKILL');
    expect(Number(await visit(own))).toBeGreaterThan(1);
    expect((await own.run(['stop'])).code).toBe(0);
    expect(fs.existsSync(`/proc/${server}`)).toBe(false);
    expect((await own.run(['serve', '-d'])).code).toBe(0);
    expect(Number(await visit(own))).toBeGreaterThan(2);
    expect((await own.run(['stop'])).code).toBe(0);
  });

  test('tells other clients where it is, and HTTP clients nothing', async () => {
    const refusing = `
export default {
  fetch: (request, env) => env.databases.use('nope', (db) => db.query('select 1')),
};
`;
    const own = await supervised(refusing, CONF, {}, openToNobody);
    await until('the registration', async () => (await own.status()).database?.isReachable);
    const { stdout } = await own.run(['db', 'url']);
    expect(stdout).toMatch(/^postgresql:\/\/app@\/app\?host=\S+&passfile=\S+\/pgpass\n$/);
    expect(fs.existsSync(/passfile=(\S+)/.exec(stdout)?.[1] ?? '')).toBe(true);
    const response = await fetch(own.url, { headers: { connection: 'close' } });
    expect(response.status).toBe(500);
    expect(await response.json()).toMatchObject({
      code: 'DATABASE_REFUSED',
      message: 'The database is not available.',
    });
    expect((await own.run(['stop'])).code).toBe(0);
  });

  test('keeps it in one process too, and passes it on to a successor', async () => {
    const own = await project(KEEPING, { conf: ['workers=0', ...CONF] });
    openToNobody(own);
    expect((await own.run(['serve', '-d'])).code).toBe(0);
    expect(await visit(own)).toBe('1');
    expect((await own.run(['restart'])).code).toBe(0);
    expect(Number(await visit(own))).toBeGreaterThan(1);
    expect((await own.run(['stop'])).code).toBe(0);
  });

  test('takes its server with it when it is killed', async () => {
    const own = await supervised(KEEPING, CONF, {}, openToNobody);
    await visit(own);
    const { pid, workers } = await own.status();
    const server = workers.find(({ kind }) => kind === 'database')?.pid ?? 0;
    process.kill(pid, 'SIGKILL');
    await until('the server to end', () => stateOf(server) === undefined);
    expect((await own.run(['serve', '-d'])).code).toBe(0);
    expect(Number(await visit(own))).toBeGreaterThan(1);
    expect((await own.run(['stop'])).code).toBe(0);
  });
});
