import { describe, expect, test } from 'vitest';

import * as lifecycle from './index.js';

const BY_TEST = { kind: 'request', by: 'the test' } as const;

const never = (): Promise<void> => new Promise(() => undefined);

describe('limits', () => {
  test.each([Number.NaN, -1])(
    '%d is refused where it is given, not when the process stops',
    (ms) => {
      const refused = expect.objectContaining({ code: 'USAGE' });
      for (const name of ['graceMs', 'hookMs', 'reloadMs', 'drainDelayMs', 'duplicateMs']) {
        expect(() => lifecycle.create({ [name]: ms })).toThrow(refused);
      }
      const life = lifecycle.create();
      expect(() => life.registerShutdownHook('hook', never, { timeoutMs: ms })).toThrow(refused);
    },
  );

  test('Infinity is one: the grace counts', async () => {
    const life = lifecycle.create({ graceMs: Number.POSITIVE_INFINITY, hookMs: 5 });
    life.registerShutdownHook('ends', () => undefined, { timeoutMs: Number.POSITIVE_INFINITY });
    life.registerShutdownHook('hangs', never);
    const report = await life.shutdown(BY_TEST);
    expect(report.failures.map(({ name }) => name)).toEqual(['hangs']);
  });
});

describe('registering and taking back', () => {
  test('a function with a name of its own needs no other', async () => {
    const life = lifecycle.create();
    life.registerShutdownHook(function closePool() {
      throw new Error('x');
    });
    life.registerShutdownHook(
      () => {
        throw new Error('y');
      },
      { timeoutMs: 1000 },
    );
    const { failures } = await life.shutdown(BY_TEST);
    expect(failures.map(({ name }) => name)).toEqual(['anonymous', 'closePool']);
  });

  test('what was taken back does not run', async () => {
    const life = lifecycle.create();
    const ran: string[] = [];
    const run = (name: string) => () => ran.push(name);
    const takeBack = [
      life.registerDrain('drain', run('drain')),
      life.registerContextCanceller('canceller', run('canceller')),
      life.registerShutdownHook('hook', run('hook')),
    ];
    for (const unregister of takeBack) unregister();
    await life.shutdown(BY_TEST);
    for (const unregister of takeBack) unregister();
    expect(ran).toEqual([]);
  });

  test('the same function registered twice runs twice, and goes one by one', async () => {
    const life = lifecycle.create();
    let count = 0;
    const hook = (): number => (count += 1);
    life.registerShutdownHook('a', hook);
    life.registerShutdownHook('a', hook);
    life.registerShutdownHook('a', hook)();
    await life.shutdown(BY_TEST);
    expect(count).toBe(2);
  });

  test('a hook may take others back, and itself', async () => {
    const life = lifecycle.create();
    const ran: string[] = [];
    const other = life.registerShutdownHook('other', () => ran.push('other'));
    const self = life.registerShutdownHook('self', () => {
      self();
      other();
      ran.push('self');
    });
    await life.shutdown(BY_TEST);
    expect(ran).toEqual(['self']);
  });

  test('a hook registered while stopping runs next', async () => {
    const life = lifecycle.create();
    const ran: string[] = [];
    life.registerShutdownHook('old', () => ran.push('old'));
    life.registerShutdownHook('opens', () => {
      life.registerShutdownHook('opened meanwhile', () => ran.push('opened meanwhile'));
      ran.push('opens');
    });
    await life.shutdown(BY_TEST);
    expect(ran).toEqual(['opens', 'opened meanwhile', 'old']);
  });

  test('there is no moment in which a hook is taken and never run', async () => {
    for (let moment = 0; moment < 60; moment += 1) {
      const life = lifecycle.create();
      let ran = 0;
      void life.shutdown(BY_TEST);
      for (let turn = 0; turn < moment; turn += 1) await Promise.resolve();
      const isTaken = life.phase !== 'stopped';
      if (isTaken) life.registerShutdownHook('late', () => (ran += 1));
      await life.whenStopped;
      expect(ran).toBe(isTaken ? 1 : 0);
    }
  });

  test('a canceller registered while draining is called', async () => {
    const life = lifecycle.create();
    let cause: unknown;
    life.registerDrain('drain', () => {
      life.registerContextCanceller('late', (why) => (cause = why));
    });
    await life.shutdown(BY_TEST);
    expect(cause).toBe(BY_TEST);
  });

  test('what comes too late is refused with the cause of the stop', async () => {
    const life = lifecycle.create();
    const stopped = life.shutdown(BY_TEST);
    expect(() => life.registerDrain('late', never)).toThrow('requested by the test');
    await stopped;
    expect(() => life.registerContextCanceller('late', never)).toThrow(lifecycle.StopError);
    expect(() => life.registerShutdownHook('late', never)).toThrow(lifecycle.StopError);
  });
});
