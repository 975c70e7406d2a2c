import { describe, expect, it, onTestFinished, vi } from 'vitest';

import * as context from './index.js';

const why = new Error('why');

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
