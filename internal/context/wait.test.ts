import { describe, expect, it, onTestFinished, vi } from 'vitest';

import * as context from './index.js';

const why = new Error('why');

describe('afterFunc()', () => {
  it('calls the function once, in a microtask after the end', async () => {
    const ctx = context.withCancel(context.background());
    let calls = 0;
    context.afterFunc(ctx, () => (calls += 1));
    ctx.cancel();
    ctx.cancel();
    expect(calls).toBe(0);
    await Promise.resolve();
    expect(calls).toBe(1);
  });

  it('calls it soon when the context is done already', async () => {
    const ctx = context.withCancel(context.background());
    ctx.cancel();
    let calls = 0;
    const stop = context.afterFunc(ctx, () => (calls += 1));
    expect([calls, stop()]).toEqual([0, false]);
    await Promise.resolve();
    expect(calls).toBe(1);
  });

  it('calls it when a parent of the context ends, or its time is over', async () => {
    const parent = context.withCancel(context.background());
    const child = context.withValue(context.withCancel(parent), context.createKey('k'), 1);
    const calls: string[] = [];
    context.afterFunc(child, () => calls.push('parent'));
    const timed = context.withTimeout(context.background(), 1);
    context.afterFunc(timed, () => calls.push('time'));
    parent.cancel();
    await context.done(timed);
    await Promise.resolve();
    expect(calls).toEqual(['parent', 'time']);
  });

  it('gives a stop that prevents the call and says so once', async () => {
    const ctx = context.withCancel(context.background());
    let calls = 0;
    const stop = context.afterFunc(ctx, () => (calls += 1));
    expect([stop(), stop()]).toEqual([true, false]);
    ctx.cancel();
    await Promise.resolve();
    expect([calls, stop()]).toEqual([0, false]);
  });

  it('gives a stop that returns false between the end and the call, which then comes', async () => {
    const ctx = context.withCancel(context.background());
    let calls = 0;
    const stop = context.afterFunc(ctx, () => (calls += 1));
    ctx.cancel();
    expect(stop()).toBe(false);
    await Promise.resolve();
    expect([calls, stop()]).toEqual([1, false]);
  });

  it('never calls it under a background context, and can be stopped there', () => {
    const stop = context.afterFunc(context.background(), () => expect.unreachable());
    expect([stop(), stop()]).toEqual([true, false]);
  });

  it('lets several registrations of a function be stopped one by one', async () => {
    const ctx = context.withCancel(context.background());
    let calls = 0;
    const count = (): void => {
      calls += 1;
    };
    const stops = [1, 2, 3].map(() => context.afterFunc(ctx, count));
    expect(stops[1]?.()).toBe(true);
    ctx.cancel();
    await Promise.resolve();
    expect(calls).toBe(2);
  });
});

describe('done()', () => {
  it('resolves when the context ends, and when it has ended', async () => {
    const ctx = context.withCancel(context.background());
    const before = context.done(ctx);
    ctx.cancel();
    await expect(before).resolves.toBeUndefined();
    await expect(context.done(ctx)).resolves.toBeUndefined();
  });
});

describe('sleep()', () => {
  it('resolves after the time, never before', async () => {
    const start = performance.now();
    await context.sleep(context.background(), 20);
    expect(performance.now() - start).toBeGreaterThanOrEqual(20);
  });

  it('rejects with the error of the context as soon as that is done', async () => {
    const ctx = context.withCancel(context.background());
    const sleep = context.sleep(ctx, 3_600_000);
    ctx.cancel(why);
    await expect(sleep).rejects.toBe(ctx.err);
    expect(ctx.err?.cause).toBe(why);
    await expect(context.sleep(ctx, 0)).rejects.toBe(ctx.err);
  });

  it.each([0, -1])('of %s ms lets the event loop turn', async (ms) => {
    let turned = false;
    setImmediate(() => (turned = true));
    // One timer may be due before the first setImmediate; after two the loop has surely turned.
    await context.sleep(context.background(), ms);
    await context.sleep(context.background(), ms);
    expect(turned).toBe(true);
  });

  it('of Infinity ends with the context alone', async () => {
    await expect(
      context.sleep(context.withTimeout(context.background(), 5), Number.POSITIVE_INFINITY),
    ).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' });
  });

  it('refuses what is not a number', async () => {
    await expect(context.sleep(context.background(), Number.NaN)).rejects.toThrow('not a number');
  });

  it('leaves no timer behind', async () => {
    vi.useFakeTimers();
    onTestFinished(() => {
      vi.useRealTimers();
    });
    const ctx = context.withCancel(context.background());
    const sleep = context.sleep(ctx, 1_000);
    expect(vi.getTimerCount()).toBe(1);
    ctx.cancel();
    expect(vi.getTimerCount()).toBe(0);
    await expect(sleep).rejects.toThrow('canceled');
    await expect(context.sleep(ctx, 1_000)).rejects.toThrow('canceled');
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('race()', () => {
  const never = new Promise<never>(() => {});

  it('settles as the promise does, with the very value or reason', async () => {
    const ctx = context.background();
    await expect(context.race(ctx, Promise.resolve(7))).resolves.toBe(7);
    await expect(context.race(ctx, Promise.reject(why))).rejects.toBe(why);
    await expect(context.race(ctx, Promise.reject('text'))).rejects.toBe('text');
  });

  it('rejects with the error of the context when that is done first', async () => {
    const ctx = context.withCancel(context.background());
    const race = context.race(ctx, never);
    ctx.cancel(why);
    await expect(race).rejects.toBe(ctx.err);
  });

  it('prefers a context that is done to a promise that is settled, and hears its rejection', async () => {
    const ctx = context.withCancel(context.background());
    ctx.cancel();
    await expect(context.race(ctx, Promise.resolve(7))).rejects.toBe(ctx.err);
    await expect(context.race(ctx, Promise.reject(why))).rejects.toBe(ctx.err);
    await new Promise(setImmediate); // an unhandled rejection would fail the run
  });
});
