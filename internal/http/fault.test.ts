import { Hono } from 'hono';
import { HTTPException } from 'hono/http-exception';
import { expect, test } from 'vitest';

import { until } from '../../test/support/index.js';
import * as errors from '../errors/index.js';
import { adapt } from './index.js';
import { exchange, get, request } from './testing/client.js';
import { serve } from './testing/life.js';

const CLOSE = ['Connection: close'];

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
    const { url, faults, records } = await serve(handler);
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
  const { url, faults } = await serve(handler as never);
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
