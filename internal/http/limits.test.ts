import http from 'node:http';

import fc from 'fast-check';
import { expect, test } from 'vitest';

import { until } from '../../test/support/index.js';
import { connect, deferred, exchange, get, request } from './testing/client.js';
import { serve } from './testing/life.js';

const echo = async (req: Request): Promise<Response> => new Response(await req.text());

function head(method: string, headers: readonly string[]): string {
  return [`${method} / HTTP/1.1`, 'Host: test', ...headers, '', ''].join('\r\n');
}

test('a body that is announced too large is refused before any of it arrives', async () => {
  const { port, records } = await serve(echo, { limits: { bodyBytes: 10 } });
  const wire = await connect(port);
  wire.write(head('POST', ['Content-Length: 11']));
  await wire.until(/^HTTP\/1\.1 413 [^]*Connection: close[^]*BODY_TOO_LARGE/);
  await until('the record', () => records.length === 1);
  expect(records).toMatchObject([{ status: 413 }]);
});

test('a chunked body is counted while it arrives, and refused when it is too large', async () => {
  const { port, faults } = await serve(echo, { limits: { bodyBytes: 10 } });
  const wire = await connect(port);
  wire.write(head('POST', ['Transfer-Encoding: chunked']));
  wire.write('8\r\n12345678\r\n');
  wire.write('8\r\n12345678\r\n');
  await wire.until(/^HTTP\/1\.1 413 [^]*Connection: close/);
  await wire.closed;
  expect(faults).toEqual([]);
});

test('a client that only writes until it is done can still read the refusal', async () => {
  const { port } = await serve(echo, { limits: { bodyBytes: 10 } });
  const size = 4 * 1024 * 1024;
  const wire = await connect(port);
  wire.write(head('POST', [`Content-Length: ${size}`]) + 'x'.repeat(size));
  await wire.closed;
  expect(wire.text).toMatch(/^HTTP\/1\.1 413 /);
  expect(wire.error).toBeUndefined();
});

test('a body within the limit passes, announced or chunked, up to the last byte', async () => {
  const { port } = await serve(echo, { limits: { bodyBytes: 10 } });
  const announced = head('POST', ['Content-Length: 10', 'Connection: close']);
  expect(await exchange(port, `${announced}1234567890`)).toMatch(/1234567890$/);
  const chunked = head('POST', ['Transfer-Encoding: chunked', 'Connection: close']);
  expect(await exchange(port, `${chunked}a\r\n1234567890\r\n0\r\n\r\n`)).toMatch(/1234567890$/);
});

test('a route may have a limit of its own', async () => {
  const { port } = await serve(echo, {
    limits: { bodyBytes: 10 },
    bodyLimit: (method, path) => (method === 'PUT' && path === '/import' ? 20 : undefined),
  });
  const body = ['Content-Length: 15', 'Connection: close'];
  const put = head('PUT', body).replace('PUT /', 'PUT /import');
  expect(await exchange(port, `${put}123456789012345`)).toMatch(/^HTTP\/1\.1 200 /);
  expect(await exchange(port, head('PUT', body))).toMatch(/^HTTP\/1\.1 413 /);
});

test('Expect: 100-continue is answered with 100, or with the refusal in its place', async () => {
  const { port } = await serve(echo, { limits: { bodyBytes: 10 } });
  const wire = await connect(port);
  wire.write(head('POST', ['Expect: 100-continue', 'Content-Length: 2', 'Connection: close']));
  await wire.until(/^HTTP\/1\.1 100 Continue\r\n\r\n/);
  wire.write('ok');
  await wire.until(/HTTP\/1\.1 200 [^]*ok$/);
  const refused = head('POST', ['Expect: 100-continue', 'Content-Length: 11']);
  expect(await exchange(port, refused)).toMatch(/^HTTP\/1\.1 413 /);
});

test('headers larger than the limit are 431', async () => {
  const { port } = await serve(echo, { limits: { headerBytes: 2_000 } });
  const text = request('/', [`X-Long: ${'x'.repeat(3_000)}`]);
  expect(await exchange(port, text)).toMatch(/^HTTP\/1\.1 431 [^]*Connection: close/);
});

test('headers that take too long are 408', async () => {
  const { port } = await serve(echo, { limits: { headersMs: 60 } });
  expect(await exchange(port, 'GET / HTTP/1.1\r\nHost:')).toMatch(/^HTTP\/1\.1 408 /);
});

test('a body that takes too long is 408, also while the handler waits for it', async () => {
  const { port, records, faults } = await serve(echo, { limits: { requestMs: 60 } });
  const text = await exchange(port, `${head('POST', ['Content-Length: 10'])}12345`);
  expect(text).toMatch(/^HTTP\/1\.1 408 /);
  await until('the record', () => records.length === 1);
  expect(records).toMatchObject([{ status: 408 }]);
  expect(faults).toEqual([]);
});

test('an idle connection ends after the keep-alive time', async () => {
  const { port } = await serve(() => new Response('ok'), { limits: { keepAliveMs: 20 } });
  expect(await exchange(port, request('/'))).toMatch(/ok$/);
});

test.each([
  ['no request line', 'hello\r\n\r\n', 400],
  ['a header without a name', 'GET / HTTP/1.1\r\nHost: x\r\n: y\r\n\r\n', 400],
  [
    'two lengths',
    'GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n',
    400,
  ],
  [
    'a length and chunks',
    'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n',
    400,
  ],
  ['no host', 'GET / HTTP/1.1\r\n\r\n', 400],
  ['a host that is none', 'GET / HTTP/1.1\r\nHost: a b\r\nConnection: close\r\n\r\n', 400],
  [
    'an expectation that nobody meets',
    'GET / HTTP/1.1\r\nHost: x\r\nExpect: magic\r\nConnection: close\r\n\r\n',
    417,
  ],
])('%s is answered properly', async (_what, text, status) => {
  const { port } = await serve(() => new Response('ok'));
  expect(await exchange(port, text)).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
});

test('a request without a host, as HTTP/1.0 allows, is served', async () => {
  const { port } = await serve(() => new Response('ok'));
  expect(await exchange(port, 'GET / HTTP/1.0\r\n\r\n')).toMatch(/^HTTP\/1\.1 200 [^]*ok$/);
});

test('a broken chunk is 400 while the handler waits for the body', async () => {
  const { port } = await serve(echo);
  const text = `${head('POST', ['Transfer-Encoding: chunked'])}zz\r\n`;
  expect(await exchange(port, text)).toMatch(/^HTTP\/1\.1 400 /);
});

test('whatever bytes arrive, the server answers properly or closes, and goes on', async () => {
  const { port, url, faults } = await serve(() => new Response('ok'));
  const bytes = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 200 }),
    fc.string({ maxLength: 100 }).map((text) => `GET /${text} HTTP/1.1\r\nHost: x\r\n\r\n`),
    fc
      .tuple(fc.string({ maxLength: 20 }), fc.string({ maxLength: 50 }))
      .map(([name, value]) => `GET / HTTP/1.1\r\nHost: x\r\n${name}: ${value}\r\n\r\n`),
    fc.string({ maxLength: 20 }).map((host) => `GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`),
  );
  await fc.assert(
    fc.asyncProperty(bytes, async (text) => {
      const wire = await connect(port);
      wire.socket.end(text, 'latin1');
      await wire.closed;
      expect(wire.text === '' || /^HTTP\/1\.1 \d{3} /.test(wire.text)).toBe(true);
    }),
    { numRuns: 150 },
  );
  expect(faults).toEqual([]);
  expect((await get(url, { agent: false })).body).toBe('ok');
});

test('bodies come back as they were sent, however they are cut into chunks', async () => {
  const { url } = await serve(
    async (req) => new Response(await req.arrayBuffer(), { headers: { 'x-length': 'known' } }),
  );
  const pieces = fc.array(fc.uint8Array({ minLength: 1, maxLength: 5_000 }), { maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(pieces, async (list) => {
      const { promise, resolve, reject } = deferred<http.IncomingMessage>();
      const sent = http.request(url, { method: 'POST', agent: false }, resolve).on('error', reject);
      for (const piece of list) sent.write(piece);
      sent.end();
      const parts: Buffer[] = [];
      for await (const part of await promise) parts.push(part as Buffer);
      expect(Buffer.concat(parts).equals(Buffer.concat(list))).toBe(true);
    }),
    { numRuns: 40 },
  );
});
