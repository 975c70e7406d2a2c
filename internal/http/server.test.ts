import http from 'node:http';

import { expect, test } from 'vitest';

import { until } from '../../test/support/index.js';
import * as context from '../context/index.js';
import type { Env } from './index.js';
import { connect, deferred, get, request } from './testing/client.js';
import { serve } from './testing/life.js';

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
