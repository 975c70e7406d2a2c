import http from 'node:http';

import { expect, onTestFinished, test, vi } from 'vitest';

import { until } from '../../test/support/index.js';
import * as context from '../context/index.js';
import { listen } from './index.js';
import { connect, deferred, get, request } from './testing/client.js';
import { serve } from './testing/life.js';

const FOREVER = context.background();

function keepAliveAgent(): http.Agent {
  const agent = new http.Agent({ keepAlive: true });
  onTestFinished(() => agent.destroy());
  return agent;
}

test('a drain without connections is over at once', async () => {
  const { server } = await serve(() => new Response('ok'));
  expect(await server.drain(FOREVER)).toEqual({ cut: [] });
});

test('an idle keep-alive connection may ask once more, is answered with Connection: close, and ends', async () => {
  const { server, port } = await serve(() => new Response('ok'));
  const wire = await connect(port);
  wire.write(request('/one'));
  await wire.until(/ok$/);
  expect(wire.text).toMatch(/Connection: keep-alive/);
  const drained = server.drain(FOREVER, { idleMs: 3_600_000 });
  await until('the drain', () => server.isDraining);
  wire.write(request('/two'));
  await wire.closed;
  expect(wire.text).toMatch(/Connection: close[^]*ok$/);
  expect(await drained).toEqual({ cut: [] });
});

test('an idle connection that asks nothing ends after idleMs, long before its keep-alive time', async () => {
  const { server, port } = await serve(() => new Response('ok'), {
    limits: { keepAliveMs: 3_600_000 },
  });
  const wire = await connect(port);
  wire.write(request('/'));
  await wire.until(/ok$/);
  await server.drain(FOREVER, { idleMs: 20 });
  await wire.closed;
  expect(wire.error).toBeUndefined();
});

test('a request in flight is answered whole, says Connection: close, and ends the drain with it', async () => {
  const arrived = deferred();
  const finish = deferred();
  const { server, port } = await serve(
    async () => {
      arrived.resolve();
      await finish.promise;
      return new Response('late');
    },
    { limits: { keepAliveMs: 3_600_000 } },
  );
  const wire = await connect(port);
  wire.write(request('/slow'));
  await arrived.promise;
  const drained = server.drain(FOREVER, { idleMs: 3_600_000 });
  await until('the drain', () => server.isDraining);
  finish.resolve();
  expect(await drained).toEqual({ cut: [] });
  await wire.closed;
  expect(wire.text).toMatch(/Connection: close[^]*late$/);
});

test('an answer that had begun before the drain is finished, and its connection then ends', async () => {
  const finish = deferred();
  const { server, port } = await serve(
    () =>
      new Response(
        new ReadableStream({
          async start(controller) {
            controller.enqueue(new TextEncoder().encode('begun '));
            await finish.promise;
            controller.enqueue(new TextEncoder().encode('done'));
            controller.close();
          },
        }),
      ),
  );
  const wire = await connect(port);
  wire.write(request('/stream'));
  await wire.until(/begun/);
  const drained = server.drain(FOREVER, { idleMs: 10 });
  finish.resolve();
  await drained;
  await wire.closed;
  expect(wire.text).toMatch(/done\r\n0\r\n\r\n$/);
});

test('eight busy pooled clients lose no request', async () => {
  const { server, url } = await serve(async () => {
    await new Promise((resolve) => setImmediate(resolve));
    return new Response('ok');
  });
  const agent = keepAliveAgent();
  let isOver = false;
  const lost: Error[] = [];
  let answered = 0;
  const client = async (): Promise<void> => {
    while (!isOver) {
      try {
        const { body } = await get(url, { agent });
        if (body === 'ok') answered += 1;
      } catch (error) {
        // After the listener is closed new connections are refused: that is no lost request.
        if ((error as NodeJS.ErrnoException).code === 'ECONNREFUSED') return;
        lost.push(error as Error);
      }
    }
  };
  const clients = Array.from({ length: 8 }, client);
  while (answered < 200) await new Promise((resolve) => setImmediate(resolve));
  expect(await server.drain(FOREVER)).toEqual({ cut: [] });
  isOver = true;
  await Promise.all(clients);
  expect(lost).toEqual([]);
});

test('half a request does not hold the drain', async () => {
  const { server, port } = await serve(() => new Response('ok'));
  const wire = await connect(port);
  wire.write('GET / HTTP/1.1\r\nHost: te');
  await get(server.url, { agent: false });
  await server.drain(FOREVER, { idleMs: 3_600_000, streamMs: 3_600_000 });
  await wire.closed;
  expect(wire.text).toBe('');
});

test('a new connection is refused while requests are still being answered', async () => {
  const arrived = deferred();
  const finish = deferred();
  const { server, port } = await serve(async () => {
    arrived.resolve();
    await finish.promise;
    return new Response('late');
  });
  const wire = await connect(port);
  wire.write(request('/'));
  await arrived.promise;
  const drained = server.drain(FOREVER);
  await expect.poll(() => connect(port).then(String, (error) => error.code)).toBe('ECONNREFUSED');
  finish.resolve();
  await drained;
  await wire.closed;
  expect(wire.text).toMatch(/late$/);
});

test('what is left when the context ends is cut and named', async () => {
  const arrived = deferred();
  const causes: unknown[] = [];
  const { server, port, records, life } = await serve(async (_request, env) => {
    context.afterFunc(env.ctx, () => causes.push(context.cause(env.ctx)));
    arrived.resolve();
    await context.done(env.ctx);
    throw new Error('the end of a cut request is nobody’s fault');
  });
  const wire = await connect(port);
  wire.write(request('/stuck?x=1'));
  await arrived.promise;
  expect(life.pending[0]?.()[0]).toMatch(/^GET \/stuck \(/);
  using ctx = context.withCancel(context.background());
  const drained = server.drain(ctx);
  ctx.cancel();
  expect(await drained).toMatchObject({
    cut: [{ method: 'GET', path: '/stuck', kind: 'request' }],
  });
  await wire.closed;
  expect(causes).toMatchObject([{ kind: 'cut' }]);
  expect(records).toMatchObject([{ path: '/stuck', aborted: 'drain' }]);
});

test('the drain that the lifecycle runs fails when it had to cut', async () => {
  const arrived = deferred();
  const { life, port } = await serve(async () => {
    arrived.resolve();
    return new Promise(() => undefined);
  });
  const wire = await connect(port);
  wire.write(request('/stuck'));
  await arrived.promise;
  using ctx = context.withCancel(context.background());
  const drained = life.drains[0]?.(ctx);
  ctx.cancel();
  await expect(drained).rejects.toThrow(/1 cut \(GET \/stuck/);
});

test('a connection that the kernel has completed before the drain is served', async () => {
  for (let round = 0; round < 20; round += 1) {
    const { server, port } = await serve(() => new Response('ok'));
    const wires = await Promise.all(Array.from({ length: 10 }, () => connect(port)));
    const drained = server.drain(FOREVER);
    for (const wire of wires) wire.write(request('/'));
    await drained;
    await Promise.all(wires.map(({ closed }) => closed));
    expect(wires.map(({ text, error }) => error ?? text)).toEqual(
      wires.map(() => expect.stringMatching(/ok$/)),
    );
  }
});

test.each([
  [false, 1],
  [true, 0],
])('the queue is shortened only on a socket of our own: shared %s', async (isShared, times) => {
  const listener = await listen({ host: '127.0.0.1', port: 0 });
  const shortenQueue = vi.fn<() => void>(() => listener.shortenQueue());
  const { server } = await serve(() => new Response('ok'), {
    listener: { ...listener, shortenQueue },
  });
  await server.drain(FOREVER, { isShared });
  expect(shortenQueue).toHaveBeenCalledTimes(times);
  await expect(connect(listener.port)).rejects.toThrow(/ECONNREFUSED/);
});
