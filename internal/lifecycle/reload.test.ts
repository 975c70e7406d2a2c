import { describe, expect, test } from 'vitest';

import * as context from '../context/index.js';
import * as deferred from '../deferred/index.js';
import * as errors from '../errors/index.js';
import type { LifecycleEvent } from './index.js';
import * as lifecycle from './index.js';

const BY_TEST = { kind: 'request', by: 'the test' } as const;

function create(options: lifecycle.LifecycleOptions = {}): {
  readonly life: lifecycle.Lifecycle;
  readonly types: string[];
} {
  const types: string[] = [];
  const observe = (event: LifecycleEvent): void => {
    types.push(event.type === 'PHASE_CHANGED' ? event.to : event.type);
  };
  return { life: lifecycle.create({ observe, ...options }), types };
}

describe('a reload', () => {
  test('runs the handlers in the order of registration, then the phase is ready again', async () => {
    const { life, types } = create();
    const ran: string[] = [];
    life.onReload('a', () => void ran.push('a'));
    life.onReload('b', () => void ran.push('b'));
    life.onReload('gone', () => void ran.push('gone'))();
    life.ready();
    await life.reload(BY_TEST);
    expect(ran).toEqual(['a', 'b']);
    expect(types).toEqual(['ready', 'reloading', 'RELOAD_STARTED', 'RELOAD_SUCCEEDED', 'ready']);
  });

  test('without handlers succeeds and says that there are none', async () => {
    const events: LifecycleEvent[] = [];
    const life = lifecycle.create({ observe: (event) => events.push(event) });
    life.ready();
    await life.reload(BY_TEST);
    expect(events).toContainEqual({ type: 'RELOAD_SUCCEEDED', cause: BY_TEST, handlers: 0 });
  });

  test('asked for while starting waits until the process is ready', async () => {
    const { life, types } = create();
    const reloaded = life.reload();
    expect(life.phase).toBe('starting');
    life.ready();
    await reloaded;
    expect(types[0]).toBe('ready');
    expect(types).toContain('RELOAD_SUCCEEDED');
  });

  test('that fails tells the own words of the cause, and the phase is ready again', async () => {
    const { life, types } = create();
    const cause = new errors.RodentError('Line 3 of "a.conf" has no "=".', {
      code: 'CONFIG_INVALID',
    });
    let ran = false;
    life.onReload('config', () => Promise.reject(cause));
    life.onReload('next', () => void (ran = true));
    life.ready();
    await expect(life.reload()).rejects.toMatchObject({
      code: 'RELOAD_FAILED',
      detail: expect.stringContaining('Line 3 of "a.conf" has no "=".'),
      contextData: { handler: 'config', place: expect.stringMatching(/reload\.test\.ts:\d+$/) },
      cause,
    });
    expect(ran).toBe(false);
    expect(life.phase).toBe('ready');
    expect(types).toContain('RELOAD_FAILED');
    expect(types).not.toContain('HOOK_FAILED');
  });

  test('whose handler runs past its limit fails and names it', async () => {
    const { life } = create();
    life.onReload('slow', () => new Promise<void>(() => undefined), { timeoutMs: 5 });
    life.ready();
    await expect(life.reload()).rejects.toMatchObject({
      code: 'RELOAD_FAILED',
      detail: expect.stringMatching(/reload "slow" \(.*reload\.test\.ts:\d+\) did not finish/),
    });
    expect(life.phase).toBe('ready');
    const report = await life.shutdown(BY_TEST);
    expect(report.exitCode).toBe(0);
    expect(report.unstopped.hooks).toEqual([expect.objectContaining({ name: 'slow' })]);
  });

  test('takes over what was prepared only when every handler has prepared', async () => {
    const { life } = create();
    const state: string[] = [];
    let isBroken = true;
    life.onReload('a', () => () => void state.push('a'));
    life.onReload('b', () => {
      if (isBroken) throw new Error('broken');
      return () => void state.push('b');
    });
    life.ready();
    await expect(life.reload()).rejects.toThrow('broken');
    expect(state).toEqual([]);
    isBroken = false;
    await life.reload();
    expect(state).toEqual(['a', 'b']);
  });

  test('whose commit throws takes over the rest and fails', async () => {
    const { life } = create();
    const state: string[] = [];
    life.onReload('a', () => () => {
      throw new Error('cannot');
    });
    life.onReload('b', () => () => void state.push('b'));
    life.ready();
    await expect(life.reload()).rejects.toThrow('not taken over completely: cannot');
    expect(state).toEqual(['b']);
  });

  test('that nobody waits for may fail without an unhandled rejection', async () => {
    const { life, types } = create();
    const unhandled: unknown[] = [];
    const keep = (reason: unknown): void => void unhandled.push(reason);
    process.on('unhandledRejection', keep);
    life.onReload('bad', () => Promise.reject(new Error('bad')));
    life.ready();
    void life.reload();
    await new Promise((resolve) => setImmediate(resolve));
    process.off('unhandledRejection', keep);
    expect(unhandled).toEqual([]);
    expect(types).toContain('RELOAD_FAILED');
  });
});

describe('many reloads', () => {
  test('a hundred at once are two', async () => {
    const { life } = create();
    let count = 0;
    life.onReload('count', () => void (count += 1));
    life.ready();
    await Promise.all(Array.from({ length: 100 }, () => life.reload()));
    expect(count).toBe(2);
  });

  test('who asks while one runs gets the result of the next', async () => {
    const { life } = create();
    const gate = deferred.create<void>();
    let count = 0;
    life.onReload('second fails', async () => {
      count += 1;
      if (count === 2) throw new Error('second');
      await gate.promise;
    });
    life.ready();
    const first = life.reload();
    const rest = [life.reload(), life.reload()];
    gate.resolve();
    await expect(first).resolves.toBeUndefined();
    for (const promise of rest) await expect(promise).rejects.toThrow('second');
  });
});

describe('stop beats reload', () => {
  test('the running one is cancelled with the cause of the stop, the pending one dropped', async () => {
    const { life } = create();
    let seen: unknown;
    life.onReload('wait', async (ctx) => {
      await context.done(ctx);
      seen = lifecycle.causeOf(context.cause(ctx));
    });
    life.ready();
    const running = life.reload();
    const pending = life.reload();
    const report = await life.shutdown(BY_TEST);
    await expect(running).rejects.toMatchObject({ code: 'RELOAD_FAILED' });
    await expect(pending).rejects.toThrow('The reload was dropped: the process is stopping');
    expect(seen).toEqual(BY_TEST);
    expect(report.exitCode).toBe(0);
  });

  test('one that was to wait for ready() is dropped', async () => {
    const { life } = create();
    const waiting = life.reload();
    await life.shutdown(BY_TEST);
    await expect(waiting).rejects.toMatchObject({ code: 'RELOAD_FAILED' });
  });

  test('none begins any more', async () => {
    const { life } = create();
    let ran = false;
    life.onReload('never', () => void (ran = true));
    life.ready();
    const stopped = life.shutdown(BY_TEST);
    await expect(life.reload()).rejects.toMatchObject({ code: 'RELOAD_FAILED' });
    await stopped;
    await expect(life.reload()).rejects.toMatchObject({ code: 'RELOAD_FAILED' });
    expect(ran).toBe(false);
  });

  test('the hooks wait for a handler that is still at work, within the limit of a hook', async () => {
    const { life } = create({ hookMs: 5 });
    life.onReload('deaf', () => new Promise<void>(() => undefined));
    life.ready();
    void life.reload();
    const report = await life.shutdown(BY_TEST);
    expect(report.failures).toEqual([
      expect.objectContaining({ stage: 'reload', name: 'deaf', isTimeout: true }),
    ]);
  });

  test('a handler that is stopped between two others does not let the next run', async () => {
    const { life } = create();
    let ran = false;
    life.onReload('stops', () => void life.shutdown(BY_TEST));
    life.onReload('never', () => void (ran = true));
    life.ready();
    await expect(life.reload()).rejects.toMatchObject({ code: 'RELOAD_FAILED' });
    await life.whenStopped;
    expect(ran).toBe(false);
  });
});
