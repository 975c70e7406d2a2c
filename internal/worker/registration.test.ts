/** The functions that speak with the database, each with no more keys than the manual lists for it. */

import { randomUUID } from 'node:crypto';

import { describe, expect, it, onTestFinished } from 'vitest';

import type * as postgres from '../postgres/index.js';
import { alive } from './alive.js';
import { addressOf, connectToDatabase } from './database.js';
import { disconnect, keepalive, register, registerHost, registerProcess } from './registration.js';
import type { Registry } from './testing/project.js';
import { ID, registryDatabase } from './testing/project.js';

interface World {
  readonly registry: Registry;
  readonly db: postgres.Database;
  readonly process_id: string;
  readonly host_id: string;
}

/** A connection under the name of a process, to a database that knows the worker `ID`. */
async function world(): Promise<World> {
  const registry = await registryDatabase();
  const [process_id, host_id] = [randomUUID(), randomUUID()];
  const db = await connectToDatabase({ process_id, DATABASE_URL: registry.url });
  onTestFinished(() => db.close());
  await registry.rows('select rodent.register_worker($1, $2, $3, $4)', ID, 'test', host_id, 'here');
  return { registry, db, process_id, host_id };
}

describe('registration', () => {
  it('registers the host, and its new name', async () => {
    const { registry, db, host_id } = await world();
    await registerHost({ host_id, host_name: 'there' }, db);
    const rows = await registry.rows('select name from rodent.hosts where id = $1', host_id);
    expect(rows).toEqual([{ name: 'there' }]);
  });

  it('registers the process by the name of its connection, once and again', async () => {
    const { registry, db, process_id } = await world();
    await registerProcess({ worker_id: ID }, db);
    await registerProcess({ worker_id: ID }, db);
    const rows = await registry.rows('select id, worker_id from rodent.processes');
    expect(rows).toEqual([{ id: process_id, worker_id: ID }]);
  });

  it('keeps alive what is registered, and nothing else', async () => {
    const { db, process_id, registry } = await world();
    await expect(keepalive(db)).resolves.toBe(false);
    await registerProcess({ worker_id: ID }, db);
    await expect(keepalive(db)).resolves.toBe(true);
    await registry.rows('select rodent.request_process_termination($1)', process_id);
    await expect(keepalive(db)).resolves.toBe(false);
  });

  it('disconnects: the row goes, and the connection is closed', async () => {
    const { registry, db } = await world();
    await registerProcess({ worker_id: ID }, db);
    await disconnect(db);
    await expect(registry.rows('select from rodent.processes')).resolves.toEqual([]);
    await expect(keepalive(db)).rejects.toThrow(/closed/);
  });

  it('refuses a worker that a process of another host runs', async () => {
    const { registry, db, process_id, host_id } = await world();
    await registerProcess({ worker_id: ID }, db);
    const other = { process_id: randomUUID(), worker_id: ID, worker_type: 'test', host_id };
    await registry.rows('update rodent.processes set pid = null');
    const registering = { lostAfterMs: 60_000, mayCreate: true };
    await expect(register({ ...other, host_name: 'here' }, db, registering)).rejects.toThrow(
      expect.objectContaining({
        code: 'ALREADY_RUNNING',
        detail: expect.stringContaining(process_id) as string,
      }),
    );
  });

  it('says how to mend a database without the schema', async () => {
    const registry = await registryDatabase('empty');
    const db = await connectToDatabase({ process_id: ID, DATABASE_URL: registry.url });
    onTestFinished(() => db.close());
    await expect(keepalive(db)).rejects.toThrow(
      expect.objectContaining({ code: 'SCHEMA_MISMATCH' }),
    );
  });
});

describe('alive()', () => {
  it('asks the database first, then, in the foreground, for the parent', async () => {
    const { registry, db } = await world();
    const background = { foreground: false, parent_pid: undefined };
    await expect(alive(background, db)).resolves.toBe(false);
    await registerProcess({ worker_id: ID }, db);
    await expect(alive(background, db)).resolves.toBe(true);
    const foreground = { foreground: true, parent_pid: process.ppid };
    await expect(alive(foreground, db)).resolves.toBe(true);
    await expect(alive({ foreground: true, parent_pid: process.pid }, db)).resolves.toBe(false);
    await registry.rows('delete from rodent.processes');
    await expect(alive(foreground, db)).resolves.toBe(false);
  });

  it('takes a database that does not answer for no answer', async () => {
    const { db } = await world();
    await db.query('select pg_terminate_backend(pg_backend_pid())').catch(() => undefined);
    await db.close();
    const { open } = await import('../postgres/index.js');
    const away = open({ address: { host: '/nowhere', name: 'x', user: 'x' }, applicationName: ID });
    onTestFinished(() => away.close());
    await expect(alive({ foreground: false, parent_pid: undefined }, away)).resolves.toBe(true);
  });
});

describe('where the database is', () => {
  const standard = { host: 'localhost', port: 5432, user: 'uniphant', name: 'uniphant' };

  it('is what the manual says, where nobody says anything', () => {
    expect(addressOf({}, {})).toEqual(standard);
  });

  it('is taken from the files, and what they lack from the environment', () => {
    const config = { PGDATABASE: 'shop', PGPASSWORD: 'pw' };
    const variables = { PGHOST: 'db', PGDATABASE: 'other', DATABASE_URL: 'postgresql://x/y' };
    const expected = { ...standard, host: 'db', name: 'shop', password: 'pw' };
    expect(addressOf(config, variables)).toEqual(expected);
    expect(addressOf({ DATABASE_URL: 'postgresql://a/b' }, variables)).toEqual({
      url: 'postgresql://a/b',
    });
  });

  it('is taken from the environment, its URL first', () => {
    const url = 'postgresql://x/y';
    expect(addressOf({}, { DATABASE_URL: url, PGHOST: 'db' })).toEqual({ url });
    expect(addressOf({}, { PGHOST: 'db', PGPORT: '5433', PGUSER: '' })).toEqual({
      ...standard,
      host: 'db',
      port: 5433,
    });
  });

  it('is refused where it makes no sense', () => {
    expect(() => addressOf({ PGHOST: 'db', PGPORT: 'x' }, {})).toThrow('PGPORT is a number');
    expect(() => addressOf({ PGHOST: 'db', PGSSLMODE: 'verify' }, {})).toThrow('PGSSLMODE is one');
  });
});
