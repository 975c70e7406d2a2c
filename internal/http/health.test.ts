import { expect, test } from 'vitest';

import * as context from '../context/index.js';
import { connect, deferred, get, request } from './testing/client.js';
import { serve } from './testing/life.js';

const broken = (): Response => {
  throw new Error('the app is broken');
};

test('live is 200 in every phase, ready only where new work is welcome', async () => {
  const { life, url } = await serve(broken);
  const statuses: Record<string, unknown> = {};
  for (const phase of ['starting', 'ready', 'reloading', 'draining', 'stopping']) {
    life.phase = phase;
    const live = await get(`${url}/health`);
    const ready = await get(`${url}/ready?verbose`);
    expect(JSON.parse(ready.body).phase).toBe(phase);
    statuses[phase] = [live.status, ready.status];
  }
  expect(statuses).toEqual({
    starting: [200, 503],
    ready: [200, 200],
    reloading: [200, 200],
    draining: [200, 503],
    stopping: [200, 503],
  });
});

test('neither is recorded, nor counted, nor reaches the application', async () => {
  const { server, url, records, faults } = await serve(broken);
  await get(`${url}/health`);
  await get(`${url}/ready`);
  expect([records, faults, server.stats().requests]).toEqual([[], [], 0]);
});

test('a failing or slow check makes ready degraded, without saying why', async () => {
  const { server, url } = await serve(broken, {
    health: { checkMs: 20, checks: { fine: () => 'whatever' } },
  });
  expect(JSON.parse((await get(`${url}/ready`)).body)).toEqual({
    status: 'ready',
    phase: 'ready',
    checks: { fine: 'ok' },
  });
  const remove = server.registerCheck('database', async () => Promise.reject(new Error('secret')));
  const removeSlow = server.registerCheck('slow', async () => new Promise(() => undefined));
  const degraded = await get(`${url}/ready`);
  expect(degraded.status).toBe(503);
  expect(JSON.parse(degraded.body)).toEqual({
    status: 'degraded',
    phase: 'ready',
    checks: { fine: 'ok', database: 'failed', slow: 'timeout' },
  });
  remove();
  removeSlow();
  expect((await get(`${url}/ready`)).status).toBe(200);
});

test('probes at the same time share one run of the checks', async () => {
  let runs = 0;
  const finish = deferred();
  const { url } = await serve(broken, {
    health: {
      checks: {
        slow: async () => {
          runs += 1;
          await finish.promise;
        },
      },
    },
  });
  const probes = [get(`${url}/ready`, { agent: false }), get(`${url}/ready`, { agent: false })];
  await expect.poll(() => runs).toBe(1);
  finish.resolve();
  await Promise.all(probes);
  expect(runs).toBe(1);
});

test('the paths can be moved or switched off, so that the application has its own', async () => {
  const { url } = await serve(() => new Response('own'), {
    health: { livePath: '/live', readyPath: '' },
  });
  expect(JSON.parse((await get(`${url}/live`)).body)).toMatchObject({ status: 'healthy' });
  expect((await get(`${url}/health`)).body).toBe('own');
  expect((await get(`${url}/ready`)).body).toBe('own');
  expect((await get(`${url}/lively`)).body).toBe('own');
});

test('while it drains the server is alive and not ready', async () => {
  const arrived = deferred();
  const finish = deferred();
  const { server, port } = await serve(async () => {
    arrived.resolve();
    await finish.promise;
    return new Response('ok');
  });
  const busy = await connect(port);
  busy.write(request('/slow'));
  const probe = await connect(port);
  const second = await connect(port);
  await arrived.promise;
  const drained = server.drain(context.background(), { idleMs: 3_600_000 });
  probe.write(request('/ready'));
  second.write(request('/health'));
  expect(await probe.until(/unready/)).toMatch(/^HTTP\/1\.1 503 /);
  expect(await second.until(/healthy/)).toMatch(/^HTTP\/1\.1 200 /);
  finish.resolve();
  probe.socket.destroy();
  second.socket.destroy();
  await drained;
});
