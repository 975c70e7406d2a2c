import http from 'node:http';

import { Hono } from 'hono';
import { HTTPException } from 'hono/http-exception';
import { expect, test } from 'vitest';
import { WebSocket } from 'ws';

import { until } from '../../test/support/index.js';
import * as context from '../context/index.js';
import * as errors from '../errors/index.js';
import type { Env } from './index.js';
import { adapt } from './index.js';
import { connect, deferred, exchange, get, request } from './testing/client.js';
import { serve } from './testing/life.js';

const CLOSE = ['Connection: close'];

async function post(
  url: string,
  body: string | Buffer,
  headers: http.OutgoingHttpHeaders = {},
): Promise<{ readonly status: number; readonly body: string }> {
  const { promise, resolve, reject } = deferred<http.IncomingMessage>();
  const sent = http.request(url, { method: 'POST', headers, agent: false }, resolve);
  sent.on('error', reject);
  sent.end(body);
  const response = await promise;
  let text = '';
  for await (const chunk of response.setEncoding('utf8')) text += String(chunk);
  return { status: response.statusCode ?? 0, body: text };
}

test('the handler gets the Request and its bindings, and its Response is sent', async () => {
  const seen: { url?: string; env?: Env } = {};
  const { url } = await serve((req, env) => {
    Object.assign(seen, { url: req.url, env });
    return Response.json({ hello: 'world' }, { status: 201, headers: { 'x-own': 'yes' } });
  });
  const answer = await get(`${url}/path?q=1`);
  expect(answer).toMatchObject({ status: 201, body: '{"hello":"world"}' });
  expect(answer.headers['x-own']).toBe('yes');
  expect(seen.url).toBe(`${url}/path?q=1`);
  expect(seen.env?.incoming.method).toBe('GET');
});

test('each request becomes a record with what an access log needs', async () => {
  const { url, records } = await serve(() => new Response('twelve bytes'));
  await get(`${url}/p/q?x=1&y=2`, {
    headers: { 'user-agent': 'test/1', 'x-forwarded-for': '203.0.113.9', 'x-request-id': 'abc.1' },
  });
  await until('the record', () => records.length === 1);
  expect(records[0]).toEqual({
    requestId: 'abc.1',
    method: 'GET',
    path: '/p/q',
    query: 'x=1&y=2',
    status: 200,
    durationMs: expect.any(Number),
    bytesOut: 12,
    ip: '127.0.0.1',
    userAgent: 'test/1',
    forwardedFor: '203.0.113.9',
  });
});

test('a harmless request id is kept and returned, any other is replaced', async () => {
  const { url, records } = await serve((_request, env) => new Response(env.requestId));
  const kept = await get(url, { headers: { 'x-request-id': 'a-b_c:1.2' } });
  expect([kept.body, kept.headers['x-request-id']]).toEqual(['a-b_c:1.2', 'a-b_c:1.2']);
  for (const bad of ['x'.repeat(129), 'a b', '{"a":1}', '']) {
    const { body, headers } = await get(url, { headers: { 'x-request-id': bad } });
    expect(body).not.toBe(bad);
    expect(body).toMatch(/^[\w.:-]{1,128}$/);
    expect(headers['x-request-id']).toBe(body);
  }
  await until('the records', () => records.length === 5);
  expect(new Set(records.map(({ requestId }) => requestId)).size).toBe(5);
});

test('an application that makes request ids of its own does not send two', async () => {
  const { url } = await serve(
    (_request, env) => new Response(env.requestId, { headers: { 'X-Request-ID': 'own' } }),
  );
  const { headers, body } = await get(url);
  expect(headers['x-request-id']).toBe(body);
});

test.each([
  [
    'throws',
    () => {
      throw new Error('secret detail');
    },
  ],
  ['rejects', async () => Promise.reject(new Error('secret detail'))],
])(
  'a handler that %s is answered with a generic 500, reported once, and the process goes on',
  async (_how, handler) => {
    const { url, faults, records } = await serve(handler as unknown as () => Response);
    const answer = await get(`${url}/broken`);
    expect(answer.status).toBe(500);
    expect(answer.body).not.toContain('secret');
    expect(JSON.parse(answer.body)).toEqual({
      code: 'INTERNAL',
      message: 'Internal server error.',
      requestId: answer.headers['x-request-id'],
    });
    await until('the record', () => records.length === 1);
    expect(faults).toMatchObject([
      {
        error: { message: 'secret detail' },
        info: { path: '/broken', status: 500, requestId: answer.headers['x-request-id'] },
      },
    ]);
    expect(records).toMatchObject([{ status: 500 }]);
    expect((await get(url)).status).toBe(500);
  },
);

test('a RodentError maps to its status, and its detail is what the client reads', async () => {
  const { url } = await serve(() => {
    throw new errors.RodentError('There is no order "17".', {
      code: 'NOT_FOUND',
      contextMsg: 'hidden',
    });
  });
  const { status, body } = await get(url);
  expect(status).toBe(404);
  expect(JSON.parse(body)).toMatchObject({ code: 'NOT_FOUND', message: 'There is no order "17".' });
  expect(body).not.toContain('hidden');
});

test('a client that asks for text gets the error as text', async () => {
  const { url } = await serve(() => {
    throw new Error('secret');
  });
  const { body, headers } = await get(url, { headers: { accept: 'text/html,*/*' } });
  expect(body).toBe(`Internal server error. (request ${String(headers['x-request-id'])})\n`);
});

test.each([
  ['nothing', () => undefined],
  ['a promise of nothing', async () => undefined],
  ['a text', () => 'text'],
  [
    'a status that HTTP does not know',
    () => ({ status: 1_000, headers: new Headers(), body: null }),
  ],
  ['a header that HTTP forbids', () => new Response('x', { headers: { 'x-bad': 'ü\u{1F600}' } })],
])('a handler that returns %s is answered with 500 and reported', async (_what, handler) => {
  const { url, faults } = await serve(handler as unknown as () => Response);
  expect((await get(url)).status).toBe(500);
  expect(faults).toHaveLength(1);
});

test('a body stream that fails before its first byte is a 500, and later cuts the answer', async () => {
  const encoder = new TextEncoder();
  const { port, faults, records } = await serve(
    (req) =>
      new Response(
        new ReadableStream({
          async pull(controller) {
            if (req.url.endsWith('/late')) {
              controller.enqueue(encoder.encode('begun'));
              await new Promise((resolve) => setTimeout(resolve, 20));
            }
            controller.error(new Error('secret stream'));
          },
        }),
      ),
  );
  const early = await exchange(port, request('/early', CLOSE));
  const late = await exchange(port, request('/late', CLOSE));
  expect(early + late).not.toContain('secret');
  expect(early).toMatch(/^HTTP\/1\.1 500 /);
  expect(late).toMatch(/^HTTP\/1\.1 200 [^]*begun/);
  expect(late).not.toMatch(/\r\n0\r\n\r\n$/);
  await until('two records', () => records.length === 2);
  expect(faults).toHaveLength(2);
  expect(records[1]).toMatchObject({ path: '/late', aborted: 'fault' });
});

test('streams and small bodies arrive whole, with a length where it is known', async () => {
  const big = 'x'.repeat(300_000);
  const { url } = await serve((req) => {
    if (req.url.endsWith('/blob')) return new Response(new Blob(['from a blob']));
    if (req.url.endsWith('/empty')) return new Response(new Blob([]).stream());
    return new Response(new Blob([big]).stream());
  });
  const blob = await get(`${url}/blob`);
  expect([blob.body, blob.headers['content-length']]).toEqual(['from a blob', '11']);
  expect((await get(`${url}/empty`)).headers['content-length']).toBe('0');
  expect((await get(url)).body).toBe(big);
});

test('a client that goes away cancels context and signal, and is no error', async () => {
  const ended = deferred<unknown>();
  const aborted = deferred();
  const { port, faults, records } = await serve(async (req, env) => {
    req.signal.addEventListener('abort', () => aborted.resolve());
    await context.done(env.ctx);
    ended.resolve(context.cause(env.ctx));
    await fetch('http://127.0.0.1:1', { signal: req.signal });
    return new Response('nobody reads this');
  });
  const wire = await connect(port);
  wire.write(request('/gone'));
  await until('the request', () => true);
  setImmediate(() => wire.socket.destroy());
  expect(await ended.promise).toMatchObject({ kind: 'client-gone' });
  await aborted.promise;
  await until('the record', () => records.length === 1);
  expect(records).toMatchObject([{ path: '/gone', status: 499, aborted: 'client' }]);
  expect(faults).toEqual([]);
});

test('the context of a request ends with its answer', async () => {
  const ended = deferred<unknown>();
  const { url } = await serve((_request, env) => {
    context.afterFunc(env.ctx, () => ended.resolve(context.cause(env.ctx)));
    return new Response('ok');
  });
  await get(url);
  expect(await ended.promise).toMatchObject({ kind: 'answered' });
});

test('a request past its deadline gets 503, its context a cause, and what comes later is dropped', async () => {
  const ended = deferred<unknown>();
  const { url, records, faults } = await serve(
    async (_request, env) => {
      await context.done(env.ctx);
      ended.resolve(context.cause(env.ctx));
      return new Response('too late');
    },
    { limits: { deadlineMs: 20 } },
  );
  const { status, body } = await get(url);
  expect([status, JSON.parse(body).code]).toEqual([503, 'DEADLINE_EXCEEDED']);
  expect(await ended.promise).toMatchObject({ kind: 'deadline' });
  await until('the record', () => records.length === 1);
  expect(faults).toEqual([]);
});

test('limits change while the server runs', async () => {
  const { server, url } = await serve(async (_request, env) => {
    await context.done(env.ctx);
    return new Response('too late');
  });
  const answer = get(url);
  await until('the request', () => server.stats().active === 1);
  server.setLimits({ deadlineMs: 1, bodyBytes: 3 });
  expect((await answer).status).toBe(503);
  expect((await post(url, 'four')).status).toBe(413);
});

test('more requests than may be handled at the same time wait for their turn', async () => {
  const doors: (() => void)[] = [];
  const { server, url } = await serve(
    async () => {
      await new Promise<void>((resolve) => doors.push(resolve));
      return new Response('ok');
    },
    { limits: { concurrency: 2 } },
  );
  const answers = Array.from({ length: 5 }, () => get(url, { agent: false }));
  await until('the line', () => server.stats().waiting === 3);
  expect(server.stats().active).toBe(2);
  for (let done = 0; done < 5; done += 1) {
    await until('a door', () => doors.length > 0);
    expect(doors.length).toBeLessThanOrEqual(2);
    doors.shift()?.();
  }
  expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([
    200, 200, 200, 200, 200,
  ]);
});

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

test('what a Hono handler throws is reported as any fault, an HTTPException answers as it says', async () => {
  const app = new Hono();
  app.get('/fault', () => {
    throw new Error('secret');
  });
  app.get('/teapot', () => {
    throw new HTTPException(418, { message: 'a teapot' });
  });
  const { url, faults } = await serve(adapt(app));
  expect((await get(`${url}/fault`)).body).not.toContain('secret');
  expect(await get(`${url}/teapot`)).toMatchObject({ status: 418, body: 'a teapot' });
  expect(faults).toMatchObject([{ error: { message: 'secret' }, info: { path: '/fault' } }]);
});

test('a Hono app keeps its own error handler', async () => {
  const app = new Hono();
  app.onError((_error, c) => c.text('own', 502));
  app.get('/', () => {
    throw new Error('x');
  });
  const { url, faults } = await serve(adapt(app));
  expect(await get(url)).toMatchObject({ status: 502, body: 'own' });
  expect(faults).toEqual([]);
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
  socket.on('message', (data) => echoed.resolve(String(data)));
  socket.on('open', () => socket.send('echo'));
  expect(await echoed.promise).toBe('echo');
  expect(server.stats().webSockets).toBe(1);
  expect(records).toMatchObject([{ path: '/ws', status: 101 }]);
  socket.close();
  await until('the end', () => server.stats().webSockets === 0);
});

test('counters tell what happened', async () => {
  const { server, url } = await serve(() => new Response('1234'));
  await get(url, { agent: false });
  await until('the count', () => server.stats().requests === 1);
  expect(server.stats()).toMatchObject({
    requests: 1,
    bytesOut: 4,
    failed: 0,
    aborted: 0,
    active: 0,
  });
});

test('closing ends everything and says nothing about it', async () => {
  const { server, port, faults } = await serve(async () => new Promise<never>(() => undefined));
  const wire = await connect(port);
  wire.write(request('/'));
  await until('the request', () => server.stats().active === 1);
  server.close();
  server.close();
  await wire.closed;
  expect(faults).toEqual([]);
});
