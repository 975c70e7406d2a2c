import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';

import { describe, expect, onTestFinished, test } from 'vitest';

import { database, freePort, proxy, tempDir, until } from '../../test/support/index.js';
import { resolve } from './address.js';
import { applicationName } from './client.js';
import * as postgres from './index.js';
import { backendOf, open, opened, terminate } from './testing/database.js';
import { CERTIFICATE, front, mute } from './testing/front.js';

async function attemptOn(address: postgres.Address, connectTimeoutMs = 60_000): Promise<unknown> {
  return await open({ address, connectTimeoutMs })
    .query('select 1')
    .catch((error: unknown) => error);
}

describe('a connection', () => {
  test('is not made before it is asked for', async () => {
    const db = open({ address: { host: '127.0.0.1', port: await mute() } });
    expect(db.stats()).toEqual({ total: 0, idle: 0, waiting: 0, borrowed: 0 });
  });

  test('shows the name of its application, with the process in it', async () => {
    const { db } = await opened({ applicationName: 'shop {pid}' });
    const { rows } = await db.query(`select current_setting('application_name') as name`);
    expect(rows).toEqual([{ name: `shop ${process.pid}` }]);
  });

  test('waits for a server that is being started, for as long as it is patient', async () => {
    const { url } = await database();
    const way = await proxy(url);
    const db = open({ address: { url: way.url }, patienceMs: 60_000 });
    await db.query('select 1');
    await way.cut();
    await until('the connection to be gone', () => db.stats().total === 0);
    const answer = db.query('select 2 as two');
    await expect(attemptOn({ url: way.url })).resolves.toMatchObject({
      code: 'DATABASE_UNAVAILABLE',
    });
    await way.mend();
    await expect(answer).resolves.toMatchObject({ rows: [{ two: 2 }] });
    await way.cut();
    await until('the connection to be gone', () => db.stats().total === 0);
    const late = db.query('select 3');
    const closing = db.close();
    await expect(late).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE' });
    await closing;
  });

  test('takes nothing from the environment', async () => {
    const { db } = await opened();
    const stray = {
      PGUSER: 'nobody',
      PGHOST: '/none',
      PGPORT: '1',
      PGDATABASE: 'none',
      PGAPPNAME: 'x',
      PGOPTIONS: '-c work_mem=1MB',
      PGSSLMODE: 'require',
      PGREPLICATION: 'database',
    };
    const before = { ...process.env };
    Object.assign(process.env, stray);
    onTestFinished(() => {
      for (const key of Object.keys(stray)) delete process.env[key];
      Object.assign(process.env, before);
    });
    const { rows } = await db.query(
      `select current_setting('work_mem') as mem, current_setting('application_name') as name`,
    );
    expect(rows).toEqual([{ mem: '4MB', name: `test ${process.pid}` }]);
  });

  test('takes the options of the URL', async () => {
    const { url } = await database();
    const { options: _, ...place } = resolve({ url });
    const { rows } = await open({
      address: { url: `postgresql:///?options=-c%20work_mem%3D1MB`, ...addressOf(place) },
    }).query(`select current_setting('work_mem') as mem`);
    expect(rows).toEqual([{ mem: '1MB' }]);
  });
});

function addressOf(place: Partial<ReturnType<typeof resolve>>): postgres.Address {
  const { host = '', port = 0, user = '', name = '' } = place;
  return { host, port, user, name };
}

describe('applicationName()', () => {
  test.each([
    ['x'.repeat(70), 'x'.repeat(63)],
    [`${'x'.repeat(62)}ä`, 'x'.repeat(62)],
    [`${'x'.repeat(61)}ä`, `${'x'.repeat(61)}ä`],
    ['{pid} {pid}', `${process.pid} ${process.pid}`],
  ])('of %s is cut to 63 bytes', (template, name) => {
    expect(applicationName(template)).toBe(name);
  });
});

describe('a connection that cannot be made', () => {
  test.each([
    ['a database', 'none_such', { name: 'none_such' }, '3D000'],
    ['a role', 'none_such', { user: 'none_such' }, '28000'],
  ])('for want of %s is refused', async (_, word, wrong, sqlState) => {
    const { url } = await database();
    const error = await attemptOn({ url, ...wrong });
    expect(error).toMatchObject({ code: 'DATABASE_REFUSED', contextData: { sqlState } });
    expect(String(error)).toContain(`"${word}" does not exist.`);
    expect(postgres.isUnavailable(error)).toBe(false);
  });

  test('for want of a server is unavailable', async () => {
    const port = await freePort();
    for (const address of [{ host: '127.0.0.1', port }, { host: tempDir() }]) {
      const error = await attemptOn({ ...address, user: 'u' });
      expect(error).toMatchObject({ code: 'DATABASE_UNAVAILABLE' });
      expect(String(error)).toMatch(/: (?:no server listens there|there is no socket, .*)\.$/);
      expect(postgres.isUnavailable(error)).toBe(true);
    }
  });

  test('because the server says nothing is given up', async () => {
    const address = { host: '127.0.0.1', port: await mute(), user: 'u' };
    const error = await attemptOn(address, 200);
    expect(error).toMatchObject({ code: 'DATABASE_UNAVAILABLE' });
    expect(String(error)).toMatch(/it does not answer\.$/);
  });

  test('because the server hangs up is unavailable', async () => {
    const port = await freePort();
    const server = net.createServer((socket) => socket.destroy()).listen(port, '127.0.0.1');
    onTestFinished(() => void server.close());
    const error = await attemptOn({ host: '127.0.0.1', port, user: 'u' });
    expect(error).toMatchObject({ code: 'DATABASE_UNAVAILABLE' });
  });

  test('costs nobody else a place', async () => {
    const port = await freePort();
    const db = open({ address: { host: '127.0.0.1', port, user: 'u' }, maxConnections: 1 });
    for (let round = 0; round < 3; round += 1) {
      await expect(db.query('select 1')).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE' });
    }
    expect(db.stats()).toEqual({ total: 0, idle: 0, waiting: 0, borrowed: 0 });
  });
});

describe('sslmode', () => {
  const place = async (hasTls: boolean): Promise<Parameters<typeof addressOf>[0]> => {
    const { url } = await database();
    const { port } = await front(url, { hasTls });
    return { ...resolve({ url }), host: 'localhost', port };
  };

  test.each<[postgres.SslMode, boolean]>([
    ['disable', false],
    ['allow', false],
    ['prefer', true],
    ['require', true],
  ])('%s over a server with TLS', async (sslmode, isEncrypted) => {
    const { url } = await database();
    const { port, sessions } = await front(url, { hasTls: true });
    const address = { ...addressOf(resolve({ url })), host: 'localhost', port, sslmode };
    await open({ address }).query('select 1');
    expect(sessions).toEqual([isEncrypted]);
  });

  test('prefer goes on without where the server has none, and remembers it', async () => {
    const { url } = await database();
    const { port, sessions } = await front(url);
    const address = { ...addressOf(resolve({ url })), host: 'localhost', port };
    const db = open({ address });
    await Promise.all([1, 2, 3].map(() => db.query('select pg_sleep(0.1)')));
    expect(sessions).toEqual([false, false, false]);
  });

  test.each<postgres.SslMode>(['require', 'verify-ca', 'verify-full'])(
    '%s refuses a server without',
    async (sslmode) => {
      const error = await attemptOn({ ...addressOf(await place(false)), sslmode });
      expect(error).toMatchObject({ code: 'DATABASE_REFUSED' });
      expect(String(error)).toMatch(/does not support SSL/);
    },
  );

  test.each<[postgres.SslMode, string, object]>([
    ['verify-full', 'localhost', { rowCount: 1 }],
    ['verify-full', '127.0.0.1', { code: 'DATABASE_REFUSED' }],
    ['verify-ca', '127.0.0.1', { rowCount: 1 }],
    ['require', '127.0.0.1', { rowCount: 1 }],
  ])('%s of "%s" by the authority that is given: %j', async (sslmode, host, outcome) => {
    const address = { ...addressOf(await place(true)), host, sslmode, sslrootcert: CERTIFICATE };
    expect(await attemptOn(address)).toMatchObject(outcome);
  });

  test.each<postgres.SslMode>(['verify-ca', 'verify-full'])(
    '%s refuses a certificate that nobody vouches for',
    async (sslmode) => {
      const error = await attemptOn({ ...addressOf(await place(true)), sslmode });
      expect(error).toMatchObject({ code: 'DATABASE_REFUSED' });
    },
  );
});

describe('a password', () => {
  test('that is wrong, or none, is refused', async () => {
    const { url } = await database();
    const { port } = await front(url, { password: () => 'right' });
    const address = { ...addressOf(resolve({ url })), host: '127.0.0.1', port };
    expect(await attemptOn({ ...address, password: 'right' })).toMatchObject({ rowCount: 1 });
    const wrong = await attemptOn({ ...address, password: 'wrong' });
    expect(wrong).toMatchObject({ code: 'DATABASE_REFUSED', contextData: { sqlState: '28P01' } });
    const none = await attemptOn({ ...address, passFile: '/none/such' });
    expect(String(none)).toMatch(/none is given, and "\/none\/such" has no line for it\.$/);
  });

  test('that changed in its file makes new connections, and the old ones go', async () => {
    const { url } = await database();
    let password = 'one';
    const passFile = path.join(tempDir(), 'pass');
    fs.writeFileSync(passFile, '*:*:*:*:one\n', { mode: 0o600 });
    const { port } = await front(url, { password: () => password });
    const address = { ...addressOf(resolve({ url })), host: '127.0.0.1', port, passFile };
    const db = open({ address });
    const before = await backendOf(db);
    expect(await backendOf(db)).toBe(before);
    password = 'two';
    fs.writeFileSync(passFile, '*:*:*:*:two\n');
    await until('a new connection', async () => (await backendOf(db)) !== before);
    expect(db.stats().total).toBe(1);
  });
});

describe('an idle connection', () => {
  test('that the server ends leaves, and the next question gets a new one', async () => {
    const { db, other, events } = await opened({ maxConnections: 1 });
    await terminate(other, await backendOf(db));
    await until('the connection to leave', () => db.stats().total === 0);
    expect(events).toEqual([{ type: 'CONNECTION_LOST', error: expect.any(Error) }]);
    await expect(db.query('select 1')).resolves.toMatchObject({ rowCount: 1 });
  });

  test('goes after a while', async () => {
    const { db } = await opened({ idleMs: 50 });
    await db.query('select 1');
    await until('the connection to go', () => db.stats().total === 0);
  });
});
