import net from 'node:net';
import path from 'node:path';

import { expect, onTestFinished, test } from 'vitest';

import { administrate, database, tempDir, until } from '../../test/support/index.js';
import * as postgres from './index.js';
import { proxyTo } from './testing/listen-proxy.js';

/** A limit that only a failure reaches. */
const timeoutMs = 60_000;

test('ping() tells who answered', async () => {
  const { url, name } = await database();
  const pong = await postgres.ping({ url }, { timeoutMs });
  expect(pong).toEqual({
    version: expect.stringMatching(/^\d+(?:\.\d+)+$|^\d+\w+$/),
    isStandby: false,
    isSuperuser: true,
    latencyMs: expect.any(Number),
    database: name,
    user: expect.any(String),
  });
  expect(pong.latencyMs).toBeGreaterThan(0);
});

test('ping() leaves no connection behind', async () => {
  const { url } = await database();
  const proxy = proxyTo(url);
  proxy.start();
  await postgres.ping(proxy.address, { timeoutMs });
  await until('the connection to go', () => proxy.count === 1 && proxy.open === 0);
});

test('ping() fails where no server is', async () => {
  const host = tempDir();
  await expect(postgres.ping({ host, user: 'me' }, { timeoutMs })).rejects.toMatchObject({
    code: 'DATABASE_UNAVAILABLE',
    message: expect.stringContaining(host),
  });
});

test('ping() does not wait longer than it is told', async () => {
  const host = tempDir();
  const sockets = new Set<net.Socket>();
  const server = net.createServer((socket) => sockets.add(socket.on('error', () => undefined)));
  server.listen(path.join(host, '.s.PGSQL.5432'));
  onTestFinished(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  await expect(postgres.ping({ host, user: 'me' }, { timeoutMs: 50 })).rejects.toMatchObject({
    code: 'DATABASE_UNAVAILABLE',
    message: expect.stringContaining('does not answer'),
  });
});

test('ping() says that a database is refused', async () => {
  const { url } = await database();
  await expect(
    postgres.ping({ url, name: 'no_such_database' }, { timeoutMs }),
  ).rejects.toMatchObject({ code: 'DATABASE_REFUSED' });
});

test('ping() knows an ordinary user', async () => {
  const { url, name } = await database();
  await administrate(`create role ${name} login`);
  onTestFinished(() => administrate(`drop role ${name}`));
  const pong = await postgres.ping({ url, user: name }, { timeoutMs });
  expect(pong).toMatchObject({ isSuperuser: false, user: name });
});
