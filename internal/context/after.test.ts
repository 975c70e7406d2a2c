import { describe, expect, it } from 'vitest';

import * as context from './index.js';

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
