import { describe, expect, test } from 'vitest';

import * as context from '../context/index.js';
import * as deferred from '../deferred/index.js';
import * as errors from '../errors/index.js';
import type { LifecycleEvent } from './index.js';
import * as lifecycle from './index.js';

const BY_TEST = { kind: 'request', by: 'the test' } as const;

const never = (): Promise<void> => new Promise(() => undefined);
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('the order of a stop', () => {
  test('drains, then cancellation, then cancellers, then hooks, the youngest first', async () => {
    const life = lifecycle.create();
    const log: string[] = [];
    const say = (what: string) => async () => {
      await turn();
      log.push(`${what} ${life.phase}`);
    };
    life.registerShutdownHook('first', say('hook 1'));
    life.registerDrain('drain', say('drain'));
    life.registerContextCanceller('canceller', say('canceller'));
    life.registerShutdownHook('second', say('hook 2'));
    context.afterFunc(life.ctx, () => log.push(`cancelled ${life.phase}`));
    life.ready();
    await life.shutdown(BY_TEST);
    expect(log).toEqual([
      'drain draining',
      'cancelled stopping',
      'canceller stopping',
      'hook 2 stopping',
      'hook 1 stopping',
    ]);
  });

  test('drains run all at once, under a deadline and not under the cancelled root', async () => {
    const life = lifecycle.create({ graceMs: 60_000 });
    const both = deferred.create<void>();
    let arrived = 0;
    const contexts: context.Context[] = [];
    const drain = async (ctx: context.Context): Promise<void> => {
      contexts.push(ctx);
      arrived += 1;
      if (arrived === 2) both.resolve();
      await both.promise;
    };
    life.registerDrain('a', drain);
    life.registerDrain('b', drain);
    const errs: unknown[] = [];
    life.registerDrain('look', (ctx) => errs.push(ctx.err, life.ctx.err));
    await life.shutdown(BY_TEST);
    expect(errs).toEqual([undefined, undefined]);
    expect(contexts.every((ctx) => ctx.deadline !== undefined)).toBe(true);
  });

  test('the root is cancelled with the typed cause', async () => {
    const life = lifecycle.create();
    await life.shutdown({ kind: 'replaced', by: 'generation 4' });
    expect(life.ctx.err?.code).toBe('CANCELED');
    expect(lifecycle.causeOf(life.ctx.err)).toEqual({ kind: 'replaced', by: 'generation 4' });
    expect(life.ctx.signal.reason).toBeInstanceOf(lifecycle.StopError);
  });

  test('cancellers are given the cause, and the hooks wait for their promises', async () => {
    const life = lifecycle.create();
    const log: unknown[] = [];
    life.registerShutdownHook('hook', () => log.push('hook'));
    life.registerContextCanceller('work', async (cause) => {
      await turn();
      log.push(cause);
    });
    await life.shutdown(BY_TEST);
    expect(log).toEqual([BY_TEST, 'hook']);
  });

  test('a process that was ready gives load balancers the drain delay first', async () => {
    const life = lifecycle.create({ drainDelayMs: 1 });
    let phase = '';
    life.registerDrain('look', () => (phase = life.phase));
    life.ready();
    await life.shutdown(BY_TEST);
    expect(phase).toBe('draining');
  });

  test('one that was never ready does not', async () => {
    const life = lifecycle.create({ drainDelayMs: 3_600_000 });
    expect((await life.shutdown(BY_TEST)).exitCode).toBe(0);
  });

  test('the drain delay ends when the wait is ended', async () => {
    const life = lifecycle.create({ drainDelayMs: 3_600_000, graceMs: 7_200_000 });
    let ran = false;
    life.registerDrain('never', () => (ran = true));
    life.ready();
    void life.shutdown(BY_TEST);
    life.force(BY_TEST);
    await turn();
    expect(ran).toBe(false);
  });
});

describe('what fails or hangs', () => {
  const stages = {
    drain: (life: lifecycle.Lifecycle, fn: () => unknown) => life.registerDrain('bad', fn),
    canceller: (life: lifecycle.Lifecycle, fn: () => unknown) =>
      life.registerContextCanceller('bad', fn),
    hook: (life: lifecycle.Lifecycle, fn: () => unknown) => life.registerShutdownHook('bad', fn),
  };
  const faults: [string, 'HOOK_FAILED' | 'HOOK_TIMED_OUT', () => unknown][] = [
    [
      'throws',
      'HOOK_FAILED',
      () => {
        throw new Error('bad');
      },
    ],
    ['rejects', 'HOOK_FAILED', () => Promise.reject(new Error('bad'))],
    [
      'throws what is no error',
      'HOOK_FAILED',
      () => {
        // oxlint-disable-next-line typescript/only-throw-error -- people do
        throw 'bad';
      },
    ],
    ['hangs', 'HOOK_TIMED_OUT', never],
  ];
  const cases = (['drain', 'canceller', 'hook'] as const).flatMap((stage) =>
    faults.map(([what, type, fn]) => {
      const stuck = type === 'HOOK_TIMED_OUT' ? ['bad'] : [];
      return { stage, what, type, fn, stuck };
    }),
  );

  test.each(cases)(
    'a $stage that $what is named and passed over',
    async ({ stage, type, fn, stuck }) => {
      const events: LifecycleEvent[] = [];
      const limits = { graceMs: 100, hookMs: 10 };
      const life = lifecycle.create({ ...limits, observe: (event) => events.push(event) });
      const ran: string[] = [];
      life.registerShutdownHook('oldest', () => ran.push('oldest'));
      stages[stage](life, fn);
      life.registerShutdownHook('youngest', () => ran.push('youngest'));
      const report = await life.shutdown(BY_TEST);
      expect(ran).toEqual(['youngest', 'oldest']);
      expect(report.exitCode).toBe(1);
      expect(report.failures).toEqual([
        expect.objectContaining({
          stage,
          name: 'bad',
          place: expect.stringMatching(/stop\.test\.ts:\d+$/),
          isTimeout: type === 'HOOK_TIMED_OUT',
        }),
      ]);
      expect(events).toContainEqual({ type, failure: report.failures[0] });
      expect(report.unstopped.hooks.map(({ name }) => name)).toEqual(stuck);
    },
  );

  test('a hook is told by its context that its time is over', async () => {
    const life = lifecycle.create();
    let code: unknown;
    const hook = async (ctx: context.Context): Promise<void> => {
      await context.done(ctx);
      code = ctx.err?.code;
      throw ctx.err ?? new Error('no error');
    };
    life.registerShutdownHook('slow', hook, { timeoutMs: 5 });
    const report = await life.shutdown(BY_TEST);
    expect(code).toBe('DEADLINE_EXCEEDED');
    expect(report.failures).toEqual([expect.objectContaining({ name: 'slow', isTimeout: true })]);
  });

  test('the own limit of a hook counts, within what remains of the grace', async () => {
    const life = lifecycle.create({ graceMs: 50, hookMs: 5 });
    life.registerShutdownHook('endless', never, { timeoutMs: 3_600_000 });
    const report = await life.shutdown(BY_TEST);
    expect(report.failures).toEqual([expect.objectContaining({ name: 'endless' })]);
  });

  test('hooks get their turn although the drains took all the time they had', async () => {
    const life = lifecycle.create({ graceMs: 20, hookMs: 5000 });
    let ran = 0;
    for (let hook = 0; hook < 3; hook += 1) life.registerShutdownHook('hook', () => (ran += 1));
    life.registerDrain('endless', never);
    life.registerContextCanceller('endless', never);
    const report = await life.shutdown(BY_TEST);
    expect(ran).toBe(3);
    expect(report.failures.map(({ stage }) => stage)).toEqual(['drain', 'canceller']);
  });

  test('what was alive when draining was cut stands in the report, though it ended then', async () => {
    const life = lifecycle.create({ graceMs: 20 });
    const requests = new Set(['GET /slow, 3s']);
    life.registerPending('requests', () => [...requests]);
    life.registerPending('sockets', () => []);
    life.registerPending('broken', () => {
      throw new Error('no list');
    });
    life.registerDrain('endless', never);
    life.registerContextCanceller('cut', () => requests.clear());
    const report = await life.shutdown(BY_TEST);
    expect(report.unstopped.pending).toEqual([
      { name: 'requests', items: ['GET /slow, 3s'] },
      { name: 'broken', items: ['cannot be listed: no list'] },
    ]);
  });

  test('a hook that fails after it was passed over disturbs nobody', async () => {
    const life = lifecycle.create({ hookMs: 5 });
    const late = deferred.create<void>();
    life.registerShutdownHook('late', () => late.promise);
    const report = await life.shutdown(BY_TEST);
    late.reject(new Error('too late'));
    await turn();
    expect(report.failures).toHaveLength(1);
  });

  test('an abort listener that shuts down and a hook that throws leave the others alone', async () => {
    const life = lifecycle.create();
    const ran: string[] = [];
    context.afterFunc(life.ctx, () => void life.shutdown());
    life.registerShutdownHook('b', () => ran.push('b'));
    life.registerShutdownHook('a', () => {
      throw new errors.RodentError('Cannot close "a".', { code: 'FILE' });
    });
    expect((await life.shutdown(BY_TEST)).exitCode).toBe(1);
    expect(ran).toEqual(['b']);
  });
});
