/** Who may call the functions, whoever ran the migration, and how often at once. */

import { randomUUID } from 'node:crypto';

import pg from 'pg';
import { describe, expect, onTestFinished, test } from 'vitest';

import { administrate, database } from '../../test/support/index.js';
import { MIGRATIONS } from './migrations.js';
import { connect, registryDatabase } from './testing/database.js';
import type { Connection } from './testing/database.js';
import { member } from './testing/fixture.js';
import { supervisor } from './testing/supervisor.js';

/** Makes a role that may log in, with `options`, and drops it with the test. */
async function role(options = ''): Promise<string> {
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  await administrate(`create role ${name} login ${options}`);
  onTestFinished(() => administrate(`drop role if exists ${name}`));
  return name;
}

function as(name: string, { url }: { readonly url: string }): Connection {
  const own = new URL(url);
  own.username = name;
  return connect(own.href);
}

/** Everything that a client may call. */
const CALLS: readonly string[] = [
  `register_host('${randomUUID()}', 'web1')`,
  `register_worker('${randomUUID()}', 'mail.send', '${randomUUID()}', 'web1')`,
  `get_or_create_worker_id(null, 'mail.send')`,
  `register_process('${randomUUID()}')`,
  `register_process('${randomUUID()}', '${randomUUID()}', 1)`,
  'keepalive()',
  `keepalive('${randomUUID()}')`,
  'disconnect()',
  `disconnect('${randomUUID()}')`,
  `request_process_termination('${randomUUID()}')`,
  `process_of_worker('${randomUUID()}')`,
  `scale_up('${randomUUID()}', 'mail.send', 1)`,
  `scale_down('${randomUUID()}', 'mail.send', 1)`,
  `scale('${randomUUID()}', 'mail.send', 1)`,
  `wanted_workers('${randomUUID()}')`,
  `beat_host('${randomUUID()}', 'web1', '1', '${randomUUID()}', '[]', null, '1 minute')`,
  `reap('1 minute')`,
  'list_hosts()',
  'list_processes()',
];

/** The SQLSTATE that `text` ends with; undefined when it goes well. */
async function stateOf(db: Connection, text: string): Promise<string | undefined> {
  return db.query(text).then(
    () => undefined,
    (error: unknown) => (error as pg.DatabaseError).code,
  );
}

describe('the functions', () => {
  test('are all known here, and all say what they are for', async () => {
    const db = await registryDatabase();
    const names = await db.column(
      "select distinct proname from pg_proc where pronamespace = 'rodent'::regnamespace and prosecdef",
    );
    expect(new Set(names)).toEqual(new Set(CALLS.map((call) => call.split('(', 1)[0])));
    const { rows } = await db.query(
      `select p.oid::regprocedure from pg_proc p where pronamespace = 'rodent'::regnamespace
         and (obj_description(p.oid, 'pg_proc') is null
           or not p.proconfig @> '{"search_path=rodent, pg_temp"}')`,
    );
    expect(rows).toEqual([]);
    // What holds the turn of all first beats waits for nobody's row for ever.
    const [config] = await db.column("select proconfig from pg_proc where proname = 'beat_host'");
    expect(config).toContain('lock_timeout=10s');
  });

  test('may be called by a role that has rodent_worker, which may touch no table', async () => {
    const db = await registryDatabase();
    const low = as(await role('in role rodent_worker'), db);
    for (const call of CALLS)
      expect([call, await stateOf(low, `select rodent.${call}`)]).not.toEqual([call, '42501']);
    const roll = supervisor(low);
    const one = member();
    await expect(roll.beat([one])).resolves.toEqual({ [one.id]: 'ok' });
    for (const table of ['hosts', 'worker_types', 'workers', 'processes', 'reaper']) {
      for (const text of [`select from rodent.${table}`, `delete from rodent.${table}`])
        expect([text, await stateOf(low, text)]).toEqual([text, '42501']);
    }
    expect(await stateOf(low, 'create table rodent.mine ()')).toBe('42501');
    expect(await stateOf(low, 'select rodent.grant_to_worker_role()')).toBe('42501');
    expect(await stateOf(low, `select rodent.lock_host('${randomUUID()}')`)).toBe('42501');
  });

  test('may not be called by a role without it', async () => {
    const db = await registryDatabase();
    const stranger = as(await role(), db);
    for (const call of CALLS)
      expect([call, await stateOf(stranger, `select rodent.${call}`)]).toEqual([call, '42501']);
  });

  test('cannot be led astray by tables and operators of the caller', async () => {
    const db = await registryDatabase();
    const name = await role('in role rodent_worker');
    await db.query('grant create on schema public to public');
    await db.query(`grant temporary on database ${new URL(db.url).pathname.slice(1)} to public`);
    const low = as(name, db);
    onTestFinished(() => db.query(`drop owned by ${name}`).then(() => undefined));
    const client = connect(low.url, { max: 1 });
    await client.query('create temporary table hosts (id uuid primary key, name text)');
    await client.query('set search_path = pg_temp, public');
    const id = randomUUID();
    await client.query('select rodent.register_host($1, $2)', [id, 'web1']);
    await expect(db.column('select id from rodent.hosts')).resolves.toEqual([id]);
  });
});

describe('the migration', () => {
  test('of an owner who may not make roles grants nobody, and says so', async () => {
    const name = await role();
    const missing = `missing_${randomUUID().replaceAll('-', '')}`;
    const given = await database();
    await administrate(`alter database ${given.name} owner to ${name}`);
    const owner = as(name, given);
    const notices = await migrate(owner.url, missing);
    expect(notices).toEqual([
      `The role ${missing} is missing and ${name} may not make it: only ${name} may call the functions of the schema rodent.`,
    ]);
    const roll = supervisor(owner);
    const one = member();
    await expect(roll.beat([one])).resolves.toEqual({ [one.id]: 'ok' });
    const stranger = as(await role(), given);
    expect(await stateOf(stranger, 'select * from rodent.list_hosts()')).toBe('42501');

    await administrate(`create role ${missing} nologin`);
    onTestFinished(() => administrate(`drop role ${missing}`));
    onTestFinished(() => administrate(`drop database ${given.name} with (force)`));
    await owner.query('select rodent.grant_to_worker_role()');
    const low = as(await role(`in role ${missing}`), given);
    await expect(low.column('select id from rodent.list_hosts()')).resolves.toEqual([roll.hostId]);
  });

  test('of ten databases of one server at once makes the role once', async () => {
    const name = `made_${randomUUID().replaceAll('-', '')}`;
    const given = await Promise.all(Array.from({ length: 10 }, () => database()));
    onTestFinished(() => administrate(`drop role ${name}`));
    for (const one of given)
      onTestFinished(() => administrate(`drop database ${one.name} with (force)`));
    await Promise.all(given.map(({ url }) => migrate(url, name)));
    const low = await role(`in role ${name}`);
    for (const one of given)
      await expect(as(low, one).column('select id from rodent.list_hosts()')).resolves.toEqual([]);
  });

  test('leaves the list of migrations readable', async () => {
    const { url } = await database();
    const owner = connect(url);
    await owner.query('create schema rodent');
    await owner.query('create table rodent.migrations (name text)');
    await migrate(url, 'rodent_worker');
    const low = as(await role('in role rodent_worker'), owner);
    await expect(low.column('select name from rodent.migrations')).resolves.toEqual([]);
    expect(await stateOf(low, 'delete from rodent.migrations')).toBe('42501');
  });
});

/** Applies the migrations with a role of another name; returns the notices. */
async function migrate(url: string, roleName: string): Promise<readonly string[]> {
  const notices: string[] = [];
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 30_000 });
  client.on('error', () => undefined);
  client.on('notice', ({ message }) => notices.push(message ?? ''));
  await client.connect();
  try {
    for (const { sql } of MIGRATIONS) await client.query(sql.replaceAll('rodent_worker', roleName));
    return notices;
  } finally {
    await client.end();
  }
}
