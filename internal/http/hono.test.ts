import { Hono } from 'hono';
import { expect, test } from 'vitest';
import { WebSocket } from 'ws';

import { until } from '../../test/support/index.js';
import type * as context from '../context/index.js';
import { adapt } from './index.js';
import { deferred, exchange, get, request } from './testing/client.js';
import { serve } from './testing/life.js';

test('a Hono app finds ctx and requestId in every handler, also where no route matches', async () => {
  const app = new Hono<{ Variables: { ctx: context.Context; requestId: string } }>();
  const show = (c: { get(key: 'ctx' | 'requestId'): unknown }): string =>
    `${String(c.get('requestId'))} ${String((c.get('ctx') as context.Context).err)}`;
  app.use('/mw/*', async (_c, next) => next());
  app.get('/one/:name', (c) =>
    c.text(`${c.req.param('name')} ${c.var.requestId} ${String(c.var.ctx.err)}`),
  );
  app.get('/mw/two', (c) => c.text(show(c)));
  app.notFound((c) => c.text(show(c as never), 404));
  const { url } = await serve(adapt(app));
  const headers = { 'x-request-id': 'r1' };
  expect((await get(`${url}/one/n`, { headers })).body).toBe('n r1 undefined');
  expect((await get(`${url}/mw/two`, { headers })).body).toBe('r1 undefined');
  expect(await get(`${url}/none`, { headers })).toMatchObject({
    status: 404,
    body: 'r1 undefined',
  });
});

test('an object with fetch keeps its "this", and anything else is APP_INVALID', async () => {
  const app = {
    word: 'this',
    fetch(): Response {
      return new Response(this.word);
    },
  };
  const { url } = await serve(adapt(app));
  expect((await get(url)).body).toBe('this');
  for (const wrong of [undefined, 7, {}, { fetch: 1 }]) {
    expect(() => adapt(wrong)).toThrow(expect.objectContaining({ code: 'APP_INVALID' }) as Error);
  }
});

test('an upgrade to a path without a WebSocket gets a 4xx and the end of the connection', async () => {
  const app = new Hono();
  app.get('/plain', (c) => c.text('plain'));
  const { port, records } = await serve(adapt(app));
  const upgrade = [
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  ];
  expect(await exchange(port, request('/plain', upgrade))).toMatch(
    /^HTTP\/1\.1 400 .*Connection: close/s,
  );
  expect(await exchange(port, request('/none', upgrade))).toMatch(/^HTTP\/1\.1 404 /);
  const other = ['Connection: Upgrade', 'Upgrade: h2c'];
  expect(await exchange(port, request('/plain', other))).toMatch(/^HTTP\/1\.1 400 /);
  await until('the records', () => records.length === 3);
});

test('a WebSocket is recorded with 101 and counted while it lives', async () => {
  const { upgradeWebSocket } = await import('@hono/node-server');
  const app = new Hono();
  app.get(
    '/ws',
    upgradeWebSocket(() => ({ onMessage: (event, socket) => socket.send(String(event.data)) })),
  );
  const { server, port, records } = await serve(adapt(app));
  const socket = new WebSocket(`ws://127.0.0.1:${port}/ws`);
  const echoed = deferred<string>();
  socket.on('message', (data: Buffer) => echoed.resolve(data.toString()));
  socket.on('open', () => socket.send('echo'));
  expect(await echoed.promise).toBe('echo');
  expect(server.stats().webSockets).toBe(1);
  expect(records).toMatchObject([{ path: '/ws', status: 101 }]);
  socket.close();
  await until('the end', () => server.stats().webSockets === 0);
});
