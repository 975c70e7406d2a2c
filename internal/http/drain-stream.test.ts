import { upgradeWebSocket } from '@hono/node-server';
import { Hono } from 'hono';
import { streamSSE } from 'hono/streaming';
import { expect, test } from 'vitest';
import { WebSocket } from 'ws';

import * as context from '../context/index.js';
import { RequestEnd, adapt } from './index.js';
import { connect, deferred, request } from './testing/client.js';
import { serve } from './testing/life.js';

const FOREVER = context.background();

test('an event stream is told through its context and its signal, then closed properly', async () => {
  const told = deferred<unknown>();
  const aborted = deferred<unknown>();
  const app = new Hono<{ Variables: { ctx: context.Context } }>();
  app.get('/events', (c) => {
    const ctx = c.get('ctx');
    c.req.raw.signal.addEventListener('abort', () => aborted.resolve(c.req.raw.signal.reason));
    context.afterFunc(ctx, () => told.resolve(context.cause(ctx)));
    return streamSSE(c, async (stream) => {
      await stream.writeSSE({ data: 'first' });
      await told.promise;
      await stream.writeSSE({ data: 'last' });
      await new Promise(() => undefined);
    });
  });
  const { server, port } = await serve(adapt(app));
  const wire = await connect(port);
  wire.write(request('/events'));
  await wire.until(/first/);
  expect(await server.drain(FOREVER, { streamMs: 50 })).toEqual({ cut: [] });
  await wire.closed;
  expect(await told.promise).toMatchObject({ kind: 'draining' });
  expect(await aborted.promise).toBeInstanceOf(RequestEnd);
  expect(wire.text).toMatch(/data: last[^]*\r\n0\r\n\r\n$/);
});

test('an event stream that ends by itself when told does not wait for streamMs', async () => {
  const app = new Hono<{ Variables: { ctx: context.Context } }>();
  app.get('/events', (c) => {
    const ctx = c.get('ctx');
    return streamSSE(c, async (stream) => {
      await stream.writeSSE({ data: 'first' });
      await context.done(ctx);
    });
  });
  const { server, port } = await serve(adapt(app));
  const wire = await connect(port);
  wire.write(request('/events'));
  await wire.until(/first/);
  await server.drain(FOREVER, { streamMs: 3_600_000, idleMs: 10 });
  await wire.closed;
  expect(wire.text).toMatch(/\r\n0\r\n\r\n$/);
});

test('a WebSocket is told through its context, then closed with 1001', async () => {
  const told = deferred<unknown>();
  const app = new Hono<{ Variables: { ctx: context.Context } }>();
  app.get(
    '/ws',
    upgradeWebSocket((c) => {
      const ctx = c.get('ctx') as context.Context;
      context.afterFunc(ctx, () => told.resolve(context.cause(ctx)));
      return { onOpen: (_event, socket) => socket.send('hello') };
    }),
  );
  const { server, port } = await serve(adapt(app));
  const socket = new WebSocket(`ws://127.0.0.1:${port}/ws`);
  const closed = deferred<number>();
  const greeted = deferred();
  socket.on('message', () => greeted.resolve());
  socket.on('close', (code) => closed.resolve(code));
  await greeted.promise;
  expect(server.inFlight()).toMatchObject([{ path: '/ws', kind: 'websocket' }]);
  expect(await server.drain(FOREVER, { streamMs: 20 })).toEqual({ cut: [] });
  expect(await told.promise).toMatchObject({ kind: 'draining' });
  expect(await closed.promise).toBe(1001);
});
