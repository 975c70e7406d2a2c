import { once } from 'node:events';
import net from 'node:net';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import pg from 'pg';
import { describe, expect, onTestFinished, test } from 'vitest';

import { database, spawnNode, tempDir, until } from '../../test/support/index.js';
import * as postgres from './index.js';
import { proxyTo } from './testing/listen-proxy.js';
import { standby } from './testing/listen-standby.js';

/** A time that no test waits for. */
const NEVER_MS = 3_600_000;

interface Ear extends postgres.Subscription {
  /** What was told, in order. */
  readonly told: readonly string[];
  readonly heard: readonly string[];
  readonly connections: number;
}

/** Listens on the channel "news"; closed when the test ends. */
function ear(address: postgres.Address, options: Partial<postgres.ListenOptions> = {}): Ear {
  const told: string[] = [];
  const heard: string[] = [];
  let connections = 0;
  const subscription = postgres.listen({
    address,
    applicationName: 'ear',
    channels: ['news'],
    onNotify: (channel, payload) => heard.push(`${channel}: ${payload}`),
    onConnected: () => (connections += 1),
    observe: ({ type }) => told.push(type),
    probeTimeoutMs: 60_000, // Only a failure reaches it.
    backoff: { firstMs: 10, lastMs: 50 },
    ...options,
  });
  onTestFinished(() => subscription.close());
  return {
    told,
    heard,
    get connections() {
      return connections;
    },
    get isListening() {
      return subscription.isListening;
    },
    get isStandby() {
      return subscription.isStandby;
    },
    close: () => subscription.close(),
  };
}

/** Runs statements in the database of `url`. */
async function speaker(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  onTestFinished(() => client.end());
  return client;
}

describe('listen()', () => {
  test('tells each notification of its channels, once it said that it is connected', async () => {
    const { url } = await database();
    const own = ear({ url }, { channels: ['news', 'Odd "name"'] });
    expect(own.isListening).toBe(false);
    await until('LISTEN', () => own.isListening && own.connections === 1);
    const client = await speaker(url);
    await client.query(
      `notify news, 'one'; notify "Odd ""name"""; notify other, 'no'; notify news`,
    );
    await until('three', () => own.heard.length === 3);
    expect(own.heard).toEqual(['news: one', 'Odd "name": ', 'news: ']);
    expect(own.told).toEqual(['LISTENING']);
    expect(own.isStandby).toBe(false);
  });

  test('listens again after the server ended its connection', async () => {
    const { url } = await database();
    const own = ear({ url });
    await until('LISTEN', () => own.connections === 1);
    const client = await speaker(url);
    for (const round of [2, 3]) {
      await client.query(
        `select pg_terminate_backend(pid) from pg_stat_activity
          where application_name = 'ear' and datname = current_database()`,
      );
      await until('another LISTEN', () => own.connections === round && own.isListening);
      await client.query(`select pg_notify('news', $1)`, [String(round)]);
      await until('a notification', () => own.heard.includes(`news: ${round}`));
    }
    expect(own.told.slice(0, 3)).toEqual(['LISTENING', 'LISTEN_LOST', 'LISTENING']);
  });

  test('finds a connection that has gone silent, and replaces it', async () => {
    const { url } = await database();
    const proxy = proxyTo(url);
    proxy.start();
    const own = ear(proxy.address, { probeMs: 20, probeTimeoutMs: 2_000 });
    await until('LISTEN', () => own.isListening);
    proxy.silence();
    const client = await speaker(url);
    await client.query(`notify news, 'lost'`);
    const before = own.connections;
    await until('another LISTEN', () => own.connections > before && own.isListening);
    await client.query(`notify news, 'found'`);
    await until('a notification', () => own.heard.length > 0);
    expect(own.heard).toEqual(['news: found']);
    expect(own.told).toContain('LISTEN_LOST');
  });

  test('listens again when its session does not any more', async () => {
    const { url } = await database();
    const proxy = proxyTo(url);
    proxy.start();
    const own = ear(proxy.address, { probeMs: 200 });
    await until('LISTEN', () => own.isListening);
    proxy.slipIn('unlisten *');
    await until('another LISTEN', () => own.connections >= 2 && own.isListening);
    await (await speaker(url)).query(`notify news, 'here'`);
    await until('a notification', () => own.heard.length === 1);
  });

  test('waits for a server that is away at the beginning, for as long as it takes', async () => {
    const { url } = await database();
    const proxy = proxyTo(url);
    const failures: postgres.ListenEvent[] = [];
    const own = ear(proxy.address, {
      observe: (event) => failures.push(event),
      backoff: { firstMs: 1, lastMs: 4, random: () => 0 },
    });
    await until('some attempts', () => failures.length >= 5);
    expect(own.isListening).toBe(false);
    const waits = failures.map((event) => ('retryMs' in event ? event.retryMs : undefined));
    expect(waits.slice(0, 5)).toEqual([1, 2, 4, 4, 4]);
    expect(failures[0]).toMatchObject({ error: { code: 'DATABASE_UNAVAILABLE' } });
    proxy.start();
    await until('LISTEN', () => own.connections === 1);
    await (await speaker(url)).query(`notify news, 'here'`);
    await until('a notification', () => own.heard.length === 1);
  });

  test('does not listen on a standby, and does when that is promoted', async () => {
    const server = await standby();
    if (server === undefined) return; // The tests run on somebody's server.
    const own = ear(server.address, { probeMs: 20 });
    await until('the standby', () => own.isStandby);
    expect(own.isListening).toBe(false);
    expect(own.told.filter((type) => type !== 'LISTEN_LOST')).toEqual(['LISTEN_ON_STANDBY']);
    expect(own.connections).toBe(0);
    await server.promote();
    await until('LISTEN', () => own.isListening && own.connections === 1);
    expect(own.isStandby).toBe(false);
  });

  test.each([[[]], [['']], [['x'.repeat(64)]]])('refuses the channels %j', (channels) => {
    expect(() => ear({}, { channels })).toThrow('its name must have 1 to 63 bytes');
  });

  test('takes a channel as long as one may be', async () => {
    const { url } = await database();
    const own = ear({ url }, { channels: ['x'.repeat(63)] });
    await until('LISTEN', () => own.isListening);
  });

  test.each(['listening', 'away'])('keeps no process alive while %s', async (state) => {
    const { url } = await database();
    const address = state === 'away' ? { host: tempDir() } : { url };
    const script = fileURLToPath(new URL('fixtures/listener.mjs', import.meta.url));
    const program = spawnNode(script, [JSON.stringify(address)]);
    expect(await program.exit).toEqual({ code: 0, signal: null });
    expect(program.stdout()).toContain(state === 'away' ? 'LISTEN_LOST' : 'listening');
  });
});

describe('close()', () => {
  test('ends the connection; nothing is told any more', async () => {
    const { url } = await database();
    const proxy = proxyTo(url);
    proxy.start();
    const own = ear(proxy.address);
    await until('LISTEN', () => own.isListening);
    const closing = own.close();
    expect(own.isListening).toBe(false);
    await closing;
    await until('the connection to go', () => proxy.open === 0);
    await (await speaker(url)).query(`notify news, 'late'`);
    await own.close();
    expect(own.heard).toEqual([]);
    expect(own.told).toEqual(['LISTENING']);
  });

  test('does not wait for the end of a backoff', async () => {
    const own = ear({ host: tempDir() }, { backoff: { firstMs: NEVER_MS, lastMs: NEVER_MS } });
    await until('a failure', () => own.told.length === 1);
    await own.close();
    expect(own.told).toEqual(['LISTEN_LOST']);
  });

  test('does not wait for a server that accepts and says nothing', async () => {
    const dir = tempDir();
    const server = net.createServer().listen(path.join(dir, '.s.PGSQL.5432'));
    onTestFinished(() => void server.close());
    const own = ear({ host: dir }, { probeTimeoutMs: NEVER_MS });
    const [socket] = (await once(server, 'connection')) as [net.Socket];
    await own.close();
    socket.resume();
    await once(socket, 'close');
    expect(own.told).toEqual([]);
  });

  test('does not wait for a connection that has gone silent', async () => {
    const { url } = await database();
    const proxy = proxyTo(url);
    proxy.start();
    const own = ear(proxy.address, { probeTimeoutMs: NEVER_MS });
    await until('LISTEN', () => own.isListening);
    proxy.silence();
    await own.close();
    await until('the connection to go', () => proxy.open === 0);
  });

  test('may come at once', async () => {
    const { url } = await database();
    const own = ear({ url });
    await own.close();
    expect([own.told, own.connections]).toEqual([[], 0]);
  });
});
