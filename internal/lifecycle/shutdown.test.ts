import { describe, expect, test } from 'vitest';

import * as context from '../context/index.js';
import type { LifecycleEvent } from './index.js';
import * as lifecycle from './index.js';

const BY_TEST = { kind: 'request', by: 'the test' } as const;

/** A lifecycle whose events are kept. */
function create(options: lifecycle.LifecycleOptions = {}): {
  readonly life: lifecycle.Lifecycle;
  readonly events: LifecycleEvent[];
} {
  const events: LifecycleEvent[] = [];
  const life = lifecycle.create({ observe: (event) => events.push(event), ...options });
  return { life, events };
}

describe('shutdown()', () => {
  test('it happens once and gives everybody the same promise', async () => {
    const { life } = create();
    let count = 0;
    life.registerShutdownHook('count', () => (count += 1));
    const calls = [life.shutdown(BY_TEST), life.shutdown({ kind: 'completed' }), life.whenStopped];
    expect(new Set(calls).size).toBe(1);
    await life.whenStopped;
    expect(await life.shutdown()).toBe(await life.whenStopped);
    expect(count).toBe(1);
    expect((await life.whenStopped).cause).toBe(BY_TEST);
  });

  test('a hook, drain or canceller that awaits it is not left waiting for itself', async () => {
    const { life } = create();
    const seen: string[] = [];
    const call = async (): Promise<void> => {
      const report = await life.shutdown({ kind: 'completed' });
      seen.push(report.cause.kind);
    };
    life.registerDrain('drain', call);
    life.registerContextCanceller('canceller', call);
    life.registerShutdownHook('hook', call);
    const report = await life.shutdown(BY_TEST);
    expect(seen).toEqual(['request', 'request', 'request']);
    expect(report.exitCode).toBe(0);
  });

  test('a reload handler may await it', async () => {
    const { life } = create();
    life.onReload('stop', async () => {
      await life.shutdown(BY_TEST);
    });
    life.ready();
    await expect(life.reload()).rejects.toMatchObject({ code: 'RELOAD_FAILED' });
    expect((await life.whenStopped).exitCode).toBe(0);
  });

  test('it may be called from an abort listener', async () => {
    const { life } = create();
    let again: unknown;
    life.ctx.signal.addEventListener('abort', () => {
      again = life.shutdown({ kind: 'completed' });
    });
    const first = life.shutdown(BY_TEST);
    await first;
    expect(again).toBe(first);
  });

  test('the end of the parent context is a stop in order: drains still see a live root', async () => {
    const parent = context.withCancel(context.background());
    const { life } = create({ parent });
    let err: unknown = 'not run';
    life.registerDrain('look', () => {
      err = life.ctx.err;
    });
    parent.cancel(new lifecycle.StopError({ kind: 'parent-lost', pid: 7 }));
    const report = await life.whenStopped;
    expect(err).toBeUndefined();
    expect(report.cause).toEqual({ kind: 'parent-lost', pid: 7 });
  });

  test('the parent context gives its values to the root', () => {
    const key = context.createKey<string>('name');
    const { life } = create({ parent: context.withValue(context.background(), key, 'shop') });
    expect(life.ctx.value(key)).toBe('shop');
  });
});

describe('force()', () => {
  test('it ends the wait at once and names what still runs and what never began', async () => {
    const { life, events } = create();
    life.registerShutdownHook('late', () => undefined);
    life.registerShutdownHook('stuck', () => new Promise(() => undefined));
    life.registerPending('requests', () => ['GET /slow, 3s']);
    void life.shutdown(BY_TEST);
    await new Promise((resolve) => setImmediate(resolve));
    const report = life.force({ kind: 'signal', signal: 'SIGINT' });
    expect(report.exitCode).toBe(130);
    expect(report.cause).toBe(BY_TEST);
    expect(report.unstopped.hooks).toEqual([
      expect.objectContaining({ stage: 'hook', name: 'stuck', ageMs: expect.any(Number) }),
      expect.objectContaining({ stage: 'hook', name: 'late', ageMs: undefined }),
    ]);
    expect(report.unstopped.pending).toEqual([{ name: 'requests', items: ['GET /slow, 3s'] }]);
    expect(await life.whenStopped).toBe(report);
    expect(events.filter(({ type }) => type === 'STOP_FORCED')).toHaveLength(1);
    expect(events.filter(({ type }) => type === 'STOPPED')).toHaveLength(0);
  });

  test('it cancels the contexts of what runs, and the root', async () => {
    const { life } = create();
    const seen: unknown[] = [];
    life.registerDrain('wait', async (ctx) => {
      await context.done(ctx);
      seen.push(lifecycle.causeOf(context.cause(ctx)));
    });
    void life.shutdown(BY_TEST);
    life.force({ kind: 'signal', signal: 'SIGTERM' });
    await new Promise((resolve) => setImmediate(resolve));
    expect(seen).toEqual([{ kind: 'signal', signal: 'SIGTERM' }]);
    expect(life.ctx.err?.code).toBe('CANCELED');
  });

  test('it needs no stop that has begun', async () => {
    const { life, events } = create();
    const report = life.force({ kind: 'signal', signal: 'SIGXCPU' });
    expect(report.exitCode).toBe(152);
    expect(events.map(({ type }) => type)).toEqual(['PHASE_CHANGED', 'STOP_FORCED']);
    expect(await life.shutdown()).toBe(report);
  });

  test('after the process has stopped it changes nothing', async () => {
    const { life, events } = create();
    const report = await life.shutdown(BY_TEST);
    const count = events.length;
    expect(life.force({ kind: 'signal', signal: 'SIGTERM' })).toBe(report);
    expect(events).toHaveLength(count);
  });
});

describe('interrupt()', () => {
  test('the first stops in order', async () => {
    const { life } = create();
    life.interrupt('SIGTERM');
    const report = await life.whenStopped;
    expect(report.cause).toEqual({ kind: 'signal', signal: 'SIGTERM' });
    expect(report.exitCode).toBe(0);
  });

  test('duplicates of any mix count as one', async () => {
    const { life, events } = create({ duplicateMs: 60_000 });
    life.registerDrain('wait', () => new Promise((resolve) => setImmediate(resolve)));
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGINT'] as const) life.interrupt(signal);
    expect((await life.whenStopped).forcedBy).toBeUndefined();
    expect(events.filter(({ type }) => type === 'SIGNAL_RECEIVED')).toHaveLength(1);
    expect(events.filter(({ type }) => type === 'SIGNAL_IGNORED')).toEqual([
      { type: 'SIGNAL_IGNORED', signal: 'SIGINT', why: 'duplicate' },
      { type: 'SIGNAL_IGNORED', signal: 'SIGINT', why: 'duplicate' },
    ]);
  });

  test.each([
    ['SIGTERM', 'SIGINT', 130],
    ['SIGINT', 'SIGTERM', 143],
  ] as const)('after %s a later %s ends the wait with status %i', async (first, second, status) => {
    const { life } = create({ duplicateMs: 0 });
    life.registerShutdownHook('stuck', () => new Promise(() => undefined));
    life.interrupt(first);
    life.interrupt(second);
    const report = await life.whenStopped;
    expect(report.exitCode).toBe(status);
    expect(report.cause).toEqual({ kind: 'signal', signal: first });
  });

  test('the first one during a stop of another cause does not end the wait', async () => {
    const { life } = create({ duplicateMs: 0 });
    void life.shutdown(BY_TEST);
    life.interrupt('SIGTERM');
    const report = await life.whenStopped;
    expect(report).toMatchObject({ cause: BY_TEST, forcedBy: undefined, exitCode: 0 });
  });
});

describe('fail()', () => {
  test('an error stops the process with its own status', async () => {
    const { life, events } = create();
    life.ready();
    const error = new lifecycle.StopError({ kind: 'completed' });
    life.fail(error);
    expect(await life.whenStopped).toMatchObject({ cause: { kind: 'error', error }, exitCode: 1 });
    expect(events).toContainEqual({ type: 'ERROR_ESCAPED', error });
  });

  test('before the process is ready it is a failed start', async () => {
    const { life, events } = create();
    const error = new Error('no database');
    life.fail(error);
    await life.whenStopped;
    expect(events).toContainEqual({ type: 'START_FAILED', error });
  });

  test('while stopping it makes the stop unclean, and nothing else', async () => {
    const { life } = create();
    let ran = false;
    life.registerShutdownHook('last', () => (ran = true));
    life.registerShutdownHook('throws', () => life.fail(new Error('late')));
    const report = await life.shutdown(BY_TEST);
    expect(report).toMatchObject({ cause: BY_TEST, exitCode: 1, failures: [] });
    expect(ran).toBe(true);
  });

  test('work that fails because a stop has cancelled it is no error', async () => {
    const { life, events } = create();
    life.registerShutdownHook('look', () => {
      life.fail(life.ctx.err);
      life.fail(life.ctx.signal.reason);
      life.fail(new DOMException('aborted', 'AbortError'));
    });
    expect((await life.shutdown(BY_TEST)).exitCode).toBe(0);
    expect(events.map(({ type }) => type)).not.toContain('ERROR_ESCAPED');
  });
});
