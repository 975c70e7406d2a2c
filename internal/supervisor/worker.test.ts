import { describe, expect, test } from 'vitest';

import { until } from '../../test/support/index.js';
import type { WorkerEvent } from './index.js';
import * as supervisor from './index.js';
import { stage, typesOf } from './testing/index.js';

/** Longer than any test takes. */
const NEVER_MS = 600_000;

describe('readiness', () => {
  test('is told: RUNNING when the process says so, not before', async () => {
    const { worker, actor, event } = stage();
    const it = supervisor.create(worker('it', [{ waits: true }]));
    it.start();
    await event('WORKER_STARTED');
    expect(it.state).toBe('STARTING');
    actor('it').tell('ready');
    await it.whenReady();
    expect(it.state).toBe('RUNNING');
    await it.stop();
  });

  test('is a matter of time: RUNNING and settled after settleMs, at once when that is 0', async () => {
    const { worker } = stage();
    const slow = supervisor.create(
      worker('slow', [{ waits: true }], { readiness: 'time', settleMs: 20 }),
    );
    slow.start();
    expect(slow.state).toBe('STARTING');
    await slow.whenSettled();
    const quick = supervisor.create(
      worker('quick', [{ waits: true }], { readiness: 'time', settleMs: 0 }),
    );
    quick.start();
    expect([slow.state, quick.state]).toEqual(['RUNNING', 'RUNNING']);
    await Promise.all([slow.stop(), quick.stop()]);
  });

  test('that does not come in time is the end of the process, and a failed start', async () => {
    const { worker, event } = stage();
    const it = supervisor.create(
      worker('it', [{ waits: true }], { startTimeoutMs: 50, startRetries: 0 }),
    );
    it.start();
    await expect(it.whenReady()).rejects.toMatchObject({
      code: 'NOT_READY',
      detail: 'The worker "it" was not ready within 50ms.',
    });
    const { reason } = await event('WORKER_GAVE_UP');
    expect(reason).toBe('it was not ready within 50ms');
    expect(it.state).toBe('FATAL');
  });

  test('has all its time again after the process was suspended', async () => {
    const { worker, actor } = stage();
    const it = supervisor.create(worker('it', [{ waits: true }], { startTimeoutMs: 300 }));
    it.start();
    const first = actor('it');
    first.signal('SIGSTOP');
    await until('three times its time', () => (it.status().uptimeMs ?? 0) > 900);
    expect(it.status()).toMatchObject({ state: 'STARTING', isSuspended: true, pid: first.pid });
    await it.stop();
  });
});

describe('stop()', () => {
  test('resolves when the process is reaped, and nothing is started again', async () => {
    const { worker, actor, events } = stage();
    const it = supervisor.create(worker('it', [{}], { autorestart: 'always' }));
    it.start();
    await it.whenReady();
    await Promise.all([it.stop(), it.stop(), it.stop({ kind: 'replaced', why: 'generation 2' })]);
    expect(it.status()).toMatchObject({ state: 'STOPPED', restarts: 0 });
    expect(it.status().pid).toBeUndefined();
    expect(it.status().lastEnd?.reason).toBe('stopped');
    expect(typesOf(events)).toEqual([
      'WORKER_STARTED',
      'WORKER_READY',
      'WORKER_ENDED',
      'WORKER_STOPPED',
    ]);
    expect(actor('it').signal('SIGCONT')).toBe(false);
  });

  test('ends one that was starting, and rejects those who wait for it', async () => {
    const { worker } = stage();
    const it = supervisor.create(worker('it', [{ waits: true }]));
    it.start();
    const ready = it.whenReady();
    await Promise.all([it.stop(), expect(ready).rejects.toMatchObject({ code: 'START_FAILED' })]);
    expect(it.state).toBe('STOPPED');
  });

  test('kills what ignores it once the grace is over', async () => {
    const { worker, event } = stage();
    const it = supervisor.create(worker('it', [{ ignoresTerm: true }], { stopMs: 50 }));
    it.start();
    await it.whenReady();
    await it.stop();
    expect((await event('WORKER_KILLED')).why).toBe('it did not stop within 50ms');
    expect(it.wasKilled).toBe(true);
    expect(it.status().lastEnd?.reason).toBe('stopped, killed: it did not stop within 50ms');
  });

  test('wakes up what is suspended, so that it can end in order', async () => {
    const { worker, actor, event } = stage();
    const it = supervisor.create(worker('it', [{}], { stopMs: NEVER_MS }));
    it.start();
    await it.whenReady();
    actor('it').signal('SIGSTOP');
    await until('the suspension', () => it.status().isSuspended);
    await it.stop();
    expect((await event('WORKER_ENDED')).code).toBe(0);
  });

  test('does nothing to what does not run, and start() starts it anew', async () => {
    const { worker, event } = stage();
    const it = supervisor.create(worker('it', [{ exitsEarly: 78 }, {}]));
    await it.stop();
    expect(it.state).toBe('STOPPED');
    it.start();
    await event('WORKER_GAVE_UP');
    await it.stop();
    expect(it.state).toBe('FATAL');
    it.start();
    await it.whenReady();
    await it.stop();
  });

  test('killNow() ends it at once and for good', async () => {
    const { worker, event } = stage();
    const it = supervisor.create(
      worker('it', [{ ignoresTerm: true }], { stopMs: NEVER_MS, autorestart: 'always' }),
    );
    it.start();
    await it.whenReady();
    it.killNow();
    expect(it.state).toBe('STOPPING');
    expect((await event('WORKER_ENDED')).signal).toBe('SIGKILL');
    await it.stop();
    expect(it.state).toBe('STOPPED');
  });

  test('kill() is done and told once', async () => {
    const { worker, event, events } = stage();
    const it = supervisor.create(worker('it'));
    it.start();
    await it.whenReady();
    expect([it.kill('too large'), it.kill('still too large')]).toEqual([true, true]);
    it.killNow();
    expect(await event('WORKER_ENDED')).toMatchObject({ reason: 'stopped, killed: too large' });
    await it.stop();
    const told = events.flatMap((one) => (one.type === 'WORKER_KILLED' ? [one.why] : []));
    expect([told, it.state]).toEqual([['too large'], 'STOPPED']);
  });
});

describe('what is told', () => {
  test('has the states in their order', async () => {
    const { worker, events } = stage();
    const it = supervisor.create(worker('it'));
    it.start();
    await it.whenReady();
    await it.stop();
    expect(events.flatMap((one) => (one.type === 'STATE_CHANGED' ? one.to : []))).toEqual([
      'STARTING',
      'RUNNING',
      'STOPPING',
      'STOPPED',
    ]);
    expect(supervisor.describeEvent(events[0] as WorkerEvent)).toBe(
      'Worker "it" went from STOPPED to STARTING.',
    );
  });

  test('does not depend on an observer that fails', async () => {
    const { worker } = stage();
    const observe = (): never => {
      throw new Error('no');
    };
    const it = supervisor.create(worker('it', [{}], { observe }));
    it.start();
    await it.whenReady();
    await it.stop();
    expect(it.state).toBe('STOPPED');
  });

  test('includes that a process leaves by itself', async () => {
    const { worker, actor, event } = stage();
    const it = supervisor.create(worker('it'));
    it.start();
    await it.whenReady();
    actor('it').tell('leave', 'SIGTERM by hand');
    expect(supervisor.describeEvent(await event('WORKER_LEAVING'))).toContain(
      'leaves by itself: SIGTERM by hand',
    );
    await it.stop();
  });
});
