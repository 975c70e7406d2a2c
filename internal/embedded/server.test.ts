import fs from 'node:fs';
import path from 'node:path';

import { describe, expect, test } from 'vitest';

import { stateOf, until } from '../../test/support/index.js';
import * as embedded from './index.js';
import {
  ask,
  cluster,
  dataOf,
  IS_ROOT,
  launch,
  openDir,
  optionsIn,
  prepared,
  start,
  stop,
} from './testing/server.js';

function modeOf(file: string): number {
  return fs.statSync(file).mode & 0o777;
}

/** Secret, data and socket are the server's user's alone, and no other copy of the secret is left. */
function requireClosed(options: embedded.Options, { address }: embedded.Server): void {
  const { host = '', passFile = '' } = address;
  expect([modeOf(passFile), modeOf(host), modeOf(dataOf(options))]).toEqual([0o600, 0o700, 0o700]);
  expect(fs.readFileSync(passFile, 'utf8')).toMatch(/^\*:\*:\*:app:[\w-]{32}\n$/);
  const left = fs.readdirSync(path.join(options.dir, 'cluster'));
  expect(left.toSorted()).toEqual(['data', 'pgpass']);
}

describe('the first start', () => {
  test('makes a cluster with one role and one database, closed to others but for a password', async () => {
    const options = optionsIn();
    const server = embedded.open(options);
    const mask = process.umask(0);
    await server.prepare().finally(() => process.umask(mask));
    requireClosed(options, server);
    const started = await start(server);
    const [row] = await ask<Record<string, string>>(
      server,
      `select current_user as role, current_database() as database, pg_encoding_to_char(encoding) as encoding,
         datcollate as collation, split_part(current_setting('server_version'), ' ', 1) as version,
         current_setting('listen_addresses') as listens, current_setting('fsync') as fsync,
         current_setting('synchronous_commit') as durable, current_setting('wal_level') as wal,
         current_setting('timezone') as timezone
       from pg_database where datname = current_database()`,
    );
    expect(row).toEqual({
      role: 'app',
      database: 'app',
      encoding: 'UTF8',
      collation: 'C',
      version: server.version,
      listens: '',
      fsync: 'on',
      durable: 'on',
      wal: 'minimal',
      timezone: 'UTC',
    });
    expect(server.address).toMatchObject({ user: 'app', name: 'app' });
    expect(JSON.stringify(server.address)).not.toMatch(/password/);
    const passFile = path.join(openDir(), 'pgpass');
    fs.writeFileSync(passFile, '*:*:*:app:guessed\n', { mode: 0o600 });
    const address = { ...server.address, passFile };
    await expect(ask({ address }, 'select 1')).rejects.toMatchObject({ code: 'DATABASE_REFUSED' });
    expect(await stop(started)).toMatchObject({ code: 0, signal: null });
    expect(fs.existsSync(path.join(dataOf(options), 'postmaster.pid'))).toBe(false);
  });

  test.runIf(IS_ROOT)('happens under a mask that hides what root makes', async () => {
    const server = embedded.open(optionsIn());
    const mask = process.umask(0o077);
    await server.prepare().finally(() => process.umask(mask));
    const { pid } = await start(server);
    expect(fs.statSync(`/proc/${pid}`).uid).not.toBe(0);
  });
});

describe('a later start', () => {
  test('keeps the data', async () => {
    const options = optionsIn();
    await cluster(options);
    const first = embedded.open(options);
    await first.prepare();
    const started = await start(first);
    await ask(first, 'create table kept as select 42 as answer');
    await stop(started);
    const second = embedded.open(options);
    await second.prepare();
    await start(second);
    expect(await ask(second, 'select answer from kept')).toEqual([{ answer: 42 }]);
  });

  test('may come from the same object', async () => {
    const { server } = await prepared();
    await stop(await start(server));
    await stop(await start(server));
  });

  test('removes what a killed preparation left, and leaves one that runs alone', async () => {
    const options = optionsIn();
    await cluster(options);
    const dead = path.join(options.dir, '.cluster.4194999-123.0badcafe.new');
    fs.mkdirSync(path.join(dead, 'data'), { recursive: true });
    const server = embedded.open(options);
    await Promise.all([server.prepare(), embedded.open(options).prepare()]);
    expect(fs.readdirSync(options.dir).toSorted()).toEqual(['cluster', 'run']);
  });
});

describe('the socket', () => {
  test('goes elsewhere when its path would be too long for the kernel', async () => {
    const dir = openDir();
    const options = { ...optionsIn(dir), dir: path.join(dir, 'd'.repeat(60), 'd'.repeat(60)) };
    await cluster(options);
    const server = embedded.open(options);
    await server.prepare();
    await start(server);
    expect(path.dirname(server.address.host ?? '')).toBe(options.runtimeDir);
    expect(modeOf(server.address.host ?? '')).toBe(0o700);
    expect(await ask(server, 'select 1 as one')).toEqual([{ one: 1 }]);
  });

  test('goes into the temporary folder when that is too long as well', () => {
    const long = path.join(openDir(), 'd'.repeat(100));
    const first = embedded.open({ ...optionsIn(long), dir: path.join(long, 'a') });
    const second = embedded.open({ ...optionsIn(long), dir: path.join(long, 'b') });
    expect(first.address.host).toMatch(/\/rodent-pg-[0-9a-f]{16}$/);
    expect(second.address.host).not.toBe(first.address.host);
  });
});

describe('kill()', () => {
  test('ends the server at once and leaves no memory behind, also a suspended one', async () => {
    const { options, server } = await prepared();
    const started = await start(server);
    const [, , , , , , memory = ''] = note(options);
    started.signal('SIGSTOP');
    await until('it to be suspended', () => stateOf(started.pid)?.toLowerCase() === 't');
    expect(started.isSuspended()).toBe(true);
    started.kill();
    started.kill();
    await started.exited;
    expect(sharedMemory()).not.toContain(memory.trim().split(/\s+/)[1]);
    await stop(await start(server));
  });

  test('and stop() do nothing to a server that could not be started', async () => {
    const started = launch(embedded.open(optionsIn()));
    started.stop({ kind: 'stop' });
    started.kill();
    expect(started.pid).toBeNaN();
    expect((await started.exited).error?.message).toMatch(/before it is prepared\.$/);
  });
});

/** The lines of postmaster.pid. */
function note(options: embedded.Options): readonly string[] {
  return fs.readFileSync(path.join(dataOf(options), 'postmaster.pid'), 'utf8').split('\n');
}

/** The ids of the shared memory that somebody has left or uses. */
function sharedMemory(): readonly string[] {
  if (process.platform !== 'linux') return [];
  const lines = fs.readFileSync('/proc/sysvipc/shm', 'utf8').trim().split('\n').slice(1);
  return lines.map((line) => line.trim().split(/\s+/)[1] ?? '');
}
