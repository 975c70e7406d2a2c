import { describe, expect, test } from 'vitest';

import { until } from '../../test/support/index.js';
import * as supervisor from './index.js';
import { stage, typesOf } from './testing/index.js';

describe('a worker that hangs', () => {
  const options = { silenceMs: 1500, autorestart: 'always' } as const;

  test('is killed with its stack and the reason told, and started again', async () => {
    const { worker, actor, event } = stage();
    const it = supervisor.create(worker('it', [{}], options));
    it.start();
    await it.whenSettled();
    const first = actor('it');
    first.tell('hang');
    first.stack = 'at spin (app.mjs:7)';
    const { stack, pid } = await event('WORKER_STUCK');
    expect([stack, pid]).toEqual(['at spin (app.mjs:7)', first.pid]);
    expect((await event('WORKER_ENDED')).reason).toBe('hung: no sign of life for 1s');
    await event('WORKER_READY', 'it', 2);
    expect(actor('it').pid).not.toBe(first.pid);
    await it.stop();
  });

  test('is not taken for one that is suspended, which goes on as the same process', async () => {
    const { worker, actor, event, events } = stage();
    const it = supervisor.create(worker('it', [{}], { ...options, silenceMs: 1000 }));
    it.start();
    await it.whenSettled();
    const first = actor('it');
    first.signal('SIGSTOP');
    await until('a long silence', () => first.silentMs() > 3000);
    expect(it.status()).toMatchObject({ state: 'RUNNING', isSuspended: true, pid: first.pid });
    first.signal('SIGCONT');
    await until('its beat', () => first.silentMs() < 100);
    first.tell('exit', 4);
    await event('WORKER_ENDED');
    expect(typesOf(events)).not.toContain('WORKER_STUCK');
    await it.stop();
  });

  test('is not judged by a supervisor that was itself held up', async () => {
    const { worker, actor, events } = stage();
    const it = supervisor.create(worker('it', [{}], { ...options, silenceMs: 400 }));
    it.start();
    await it.whenSettled();
    const first = actor('it');
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 4000);
    expect(first.silentMs()).toBeGreaterThan(3000);
    await until('its beats to be heard', () => first.silentMs() < 100);
    expect([it.state, typesOf(events).includes('WORKER_STUCK')]).toEqual(['RUNNING', false]);
    await it.stop();
  });
});
