import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';

import { expect, onTestFinished, test } from 'vitest';

import { tempDir } from '../../test/support/index.js';
import * as errors from '../errors/index.js';
import { bindPublic } from './handle.js';
import { listen, open } from './index.js';
import { explain } from './listener.js';
import { connect, get, request } from './testing/client.js';
import { createLife, serve } from './testing/life.js';

test('a socket tells its address before anything serves on it', async () => {
  const listener = await listen({ host: '127.0.0.1', port: 0 });
  expect(listener.port).toBeGreaterThan(0);
  expect(listener.url).toBe(`http://127.0.0.1:${listener.port}`);
  listener.close();
  listener.close();
});

test('every interface is shown as localhost, an IPv6 address in brackets', async () => {
  const every = await listen({ host: '', port: 0 });
  expect(every.url).toBe(`http://localhost:${every.port}`);
  every.close();
  const six = await listen({ host: '::1', port: 0 });
  expect(six.url).toBe(`http://[::1]:${six.port}`);
  six.close();
});

test('nothing is accepted before a server serves', async () => {
  const listener = await listen({ host: '127.0.0.1', port: 0 });
  await expect(connect(listener.port)).rejects.toThrow(/ECONNREFUSED/);
  listener.close();
});

test('a port that another process listens on is ADDRESS_IN_USE, with host and port', async () => {
  const { port } = await serve(() => new Response('ok'));
  await expect(listen({ host: '127.0.0.1', port })).rejects.toMatchObject({
    code: 'ADDRESS_IN_USE',
    detail: `Cannot listen on "127.0.0.1" port ${port}: another process uses that port; stop it or choose another port.`,
  });
});

test('a port that is taken between opening and serving is ADDRESS_IN_USE too', async () => {
  const first = await listen({ host: '127.0.0.1', port: 0 });
  const second = await listen({ host: '127.0.0.1', port: first.port });
  const handler = (): Response => new Response('ok');
  await open(createLife(), { listener: first, handler });
  const failed = open(createLife(), { listener: second, handler });
  await expect(failed).rejects.toMatchObject({ code: 'ADDRESS_IN_USE' });
  second.close();
});

test('an address of another machine is ADDRESS_UNAVAILABLE', async () => {
  const failed = listen({ host: '192.0.2.1', port: 0 });
  await expect(failed).rejects.toMatchObject({ code: 'ADDRESS_UNAVAILABLE' });
});

test('a name that nobody knows is ADDRESS_UNAVAILABLE', async () => {
  const failed = listen({ host: 'no-such-host.invalid', port: 0 });
  await expect(failed).rejects.toMatchObject({ code: 'ADDRESS_UNAVAILABLE' });
});

test('a port that this user may not open is ADDRESS_PRIVILEGED', () => {
  const error = Object.assign(new Error('bind EACCES'), { code: 'EACCES' });
  const explained = explain(error, { host: '127.0.0.1', port: 80 });
  expect(explained.code).toBe('ADDRESS_PRIVILEGED');
  expect(explained.detail).toContain('port 80');
});

test('a descriptor that is no socket is refused', async () => {
  const file = fs.openSync(`${tempDir()}/file`, 'w');
  await expect(listen({ fd: file })).rejects.toMatchObject({ code: 'FILE' });
  await expect(listen({ fd: 9_999 })).rejects.toBeInstanceOf(errors.RodentError);
  fs.closeSync(file);
});

const CHILD = `
import { listen, open } from '${new URL('../../dist/internal/http/index.js', import.meta.url).href}';
import * as context from '${new URL('../../dist/internal/context/index.js', import.meta.url).href}';
const life = { ctx: context.background(), phase: 'ready', registerDrain() {}, registerShutdownHook() {}, registerPending() {} };
const listener = await listen({ fd: 3 });
await open(life, { listener, handler: () => new Response('child ' + process.pid) });
process.stdout.write(listener.url + '\\n');
process.stdin.resume().on('end', () => process.exit());
`;

test('a child serves on the descriptor it inherits, and connections wait while nobody does', async () => {
  const listener = await listen({ host: '127.0.0.1', port: 0 });
  const start = async (): Promise<ReturnType<typeof spawn>> => {
    const child = spawn(process.execPath, ['--input-type=module', '-e', CHILD], {
      stdio: ['pipe', 'pipe', 'inherit', listener.stdio as number],
    });
    onTestFinished(() => {
      child.kill('SIGKILL');
    });
    if (child.stdout !== null) await once(child.stdout, 'data');
    return child;
  };
  const first = await start();
  expect((await get(listener.url, { agent: false })).body).toBe(`child ${first.pid}`);
  first.kill('SIGKILL');
  await once(first, 'exit');
  const wire = await connect(listener.port);
  wire.write(request('/'));
  const second = await start();
  expect(await wire.until(/child \d+/)).toContain(`child ${second.pid}`);
  listener.close();
});

test('without the private bind, what connects early waits for the server', async () => {
  const bound = await bindPublic({ address: '127.0.0.1', port: 0 });
  const wire = await connect(bound.port);
  wire.write(request('/'));
  const listener = { ...bound, url: '', host: '127.0.0.1' };
  await open(createLife(), { listener, handler: () => new Response('served') });
  expect(await wire.until(/served/)).toContain('200 OK');
  const late = await get(`http://127.0.0.1:${bound.port}`, { agent: false });
  expect(late.body).toBe('served');
});

test('the handle of a listener is what a net.Server takes', async () => {
  const listener = await listen({ host: '127.0.0.1', port: 0 });
  const server = net.createServer((socket) => socket.end('raw'));
  server.listen(listener.stdio as net.Server);
  await once(server, 'listening');
  const wire = await connect(listener.port);
  await wire.closed;
  expect(wire.text).toBe('raw');
  server.close();
});
