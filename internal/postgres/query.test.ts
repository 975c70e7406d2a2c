import { getEventListeners } from 'node:events';

import { describe, expect, onTestFinished, test } from 'vitest';

import { database, until } from '../../test/support/index.js';
import { resolve } from './address.js';
import type * as postgres from './index.js';
import {
  backendOf,
  countOf,
  failureOf,
  open,
  opened,
  running,
  terminate,
} from './testing/database.js';
import { CERTIFICATE, front, mute } from './testing/front.js';
import { proxyTo } from './testing/listen-proxy.js';

const SLEEP = 'select pg_sleep(1000)';
const reason = new Error('enough');

describe('query()', () => {
  test('gives rows for values, and prepares what has a name', async () => {
    const { db } = await opened({ maxConnections: 1 });
    for (const value of [1, 2]) {
      const { rows } = await db.query<{ twice: number }>('select $1::int * 2 as twice', [value], {
        name: 'twice',
      });
      expect(rows).toEqual([{ twice: value * 2 }]);
    }
    const { rows } = await db.query('select name from pg_prepared_statements');
    expect(rows).toEqual([{ name: 'twice' }]);
  });

  test("passes the server's own error through, and the connection stays", async () => {
    const { db } = await opened({ maxConnections: 1 });
    const backend = await backendOf(db);
    await expect(db.query('select * from none_such')).rejects.toMatchObject({ code: '42P01' });
    await expect(db.query('select 1/0')).rejects.toMatchObject({ code: '22012' });
    expect(await backendOf(db)).toBe(backend);
  });

  test('passes an error of the values through', async () => {
    const { db } = await opened({ maxConnections: 1 });
    const circle: Record<string, unknown> = {};
    circle['self'] = circle;
    await expect(db.query('select $1::jsonb', [circle])).rejects.toThrow(TypeError);
    await expect(db.query('select 1')).resolves.toMatchObject({ rowCount: 1 });
  });

  test('is unavailable when its backend is ended, and works the next time', async () => {
    const { db, other } = await opened({ maxConnections: 1 });
    const backend = await backendOf(db);
    const query = db.query(SLEEP);
    const failure = failureOf(query);
    await running(other, SLEEP);
    await terminate(other, backend);
    expect(await failure).toMatchObject({
      code: 'DATABASE_UNAVAILABLE',
      contextData: { sqlState: '57P01' },
      cause: { code: '57P01' },
    });
    expect(await backendOf(db)).not.toBe(backend);
  });

  test('ends by the limit of the server', async () => {
    const { db } = await opened({ statementTimeoutMs: 50 });
    await expect(db.query(SLEEP)).rejects.toMatchObject({ code: '57014' });
  });

  test('gives up a connection that has fallen silent', async () => {
    const { url } = await database();
    const proxy = proxyTo(url);
    proxy.start();
    const db = open({ address: proxy.address, statementTimeoutMs: 1000 });
    await db.query('select 1');
    proxy.silence();
    const error = await failureOf(db.query('select 1'));
    expect(error).toMatchObject({ code: 'DATABASE_UNAVAILABLE' });
    expect(String(error)).toMatch(/it does not answer\.$/);
    expect(db.stats().total).toBe(0);
    await expect(db.query('select')).resolves.toMatchObject({ rowCount: 1 });
  });

  test('leaves no transaction open for the next', async () => {
    const { db } = await opened({ maxConnections: 1 });
    await db.query('begin');
    await expect(db.query('savepoint a')).rejects.toMatchObject({ code: '25P01' });
  });
});

describe('a signal', () => {
  test('that is aborted already keeps the statement from the server', async () => {
    const { db } = await opened();
    const signal = AbortSignal.abort(reason);
    await expect(db.query('create table t ()', [], { signal })).rejects.toBe(reason);
    expect(db.stats()).toMatchObject({ total: 0, borrowed: 0 });
  });

  test('stops the statement on the server, and the connection is used again', async () => {
    const { db, other } = await opened({ maxConnections: 1 });
    const backend = await backendOf(db);
    for (let round = 0; round < 3; round += 1) {
      const controller = new AbortController();
      const query = db.query(SLEEP, [], { signal: controller.signal });
      const failure = failureOf(query);
      await running(other, SLEEP);
      controller.abort(reason);
      expect(await failure).toBe(reason);
      await until('the statement to end', async () => (await countOf(other, SLEEP)) === 0);
      expect(await backendOf(db)).toBe(backend);
    }
  });

  test('never stops the statement after its own', async () => {
    const { db } = await opened({ maxConnections: 1 });
    for (let round = 0; round < 100; round += 1) {
      const controller = new AbortController();
      const query = db.query('select pg_sleep($1)', [(round % 5) / 1000], {
        signal: controller.signal,
      });
      setTimeout(() => controller.abort(reason), round % 7);
      const next = db.query('select pg_sleep(0.002), 7 as seven');
      expect([undefined, reason]).toContain(await failureOf(query));
      expect((await next).rows).toMatchObject([{ seven: 7 }]);
    }
    expect(db.stats()).toMatchObject({ borrowed: 0, waiting: 0 });
  });

  test('may stop many statements at once, and leaves no listener behind', async () => {
    const { db } = await opened({ maxConnections: 3 });
    const warnings: Error[] = [];
    const note = (warning: Error): void => void warnings.push(warning);
    process.on('warning', note);
    onTestFinished(() => void process.off('warning', note));
    const controller = new AbortController();
    const { signal } = controller;
    const asked = Array.from({ length: 20 }, () => failureOf(db.query(SLEEP, [], { signal })));
    await until('some to run', () => db.stats().borrowed === 3);
    controller.abort(reason);
    expect(new Set(await Promise.all(asked))).toEqual(new Set([reason]));
    await db.query('select 1');
    expect(getEventListeners(signal, 'abort')).toEqual([]);
    expect(warnings).toEqual([]);
    expect(db.stats()).toMatchObject({ waiting: 0, borrowed: 0 });
  });

  test('aborted after the end changes nothing', async () => {
    const { db } = await opened({ maxConnections: 1 });
    const controller = new AbortController();
    await db.query('select 1', [], { signal: controller.signal });
    const next = db.query('select pg_sleep(0.05)');
    controller.abort(reason);
    await expect(next).resolves.toMatchObject({ rowCount: 1 });
  });

  test('ends the wait for a connection that is being made', async () => {
    const db = open({ address: { host: '127.0.0.1', port: await mute(), user: 'u' } });
    const controller = new AbortController();
    const query = db.query('select 1', [], { signal: controller.signal });
    await until('the connection to begin', () => db.stats().total === 1);
    controller.abort(reason);
    await expect(query).rejects.toBe(reason);
  });

  test('stops the statement over TLS too, by an encrypted request', async () => {
    const { db, other, cancels } = await overFront({ hasTls: true });
    await abortSleep(db, other);
    expect(cancels).toEqual([true]);
    expect(db.stats()).toMatchObject({ total: 1, idle: 1 });
  });

  test('gives the connection up when the server does not stop', async () => {
    const { db, other } = await overFront({ isDeaf: true });
    const backend = await backendOf(db);
    await abortSleep(db, other);
    expect(db.stats()).toEqual({ total: 0, idle: 0, waiting: 0, borrowed: 0 });
    await terminate(other, backend);
    await expect(db.query('select 1')).resolves.toMatchObject({ rowCount: 1 });
  });
});

interface OverFront {
  readonly db: postgres.Database;
  readonly other: postgres.Database;
  readonly cancels: readonly boolean[];
}

async function overFront(options: { hasTls?: boolean; isDeaf?: boolean }): Promise<OverFront> {
  const { url } = await database();
  const { port, cancels } = await front(url, options);
  const { user, name } = resolve({ url });
  const verified = { sslmode: 'verify-full', sslrootcert: CERTIFICATE } as const;
  const tls = options.hasTls === true ? verified : {};
  const db = open({ address: { host: 'localhost', port, user, name, ...tls } });
  return { db, other: open({ address: { url } }), cancels };
}

async function abortSleep(db: postgres.Database, other: postgres.Database): Promise<void> {
  const controller = new AbortController();
  const failure = failureOf(db.query(SLEEP, [], { signal: controller.signal }));
  await running(other, SLEEP);
  controller.abort(reason);
  expect(await failure).toBe(reason);
}
