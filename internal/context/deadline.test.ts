import { describe, expect, it, onTestFinished, vi } from 'vitest';

import * as context from './index.js';

const why = new Error('why');
const later = new Error('later');

function fakeTime(): void {
  vi.useFakeTimers();
  onTestFinished(() => {
    vi.useRealTimers();
  });
}

function keepBusy(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

describe('withTimeout()', () => {
  it('is done with DEADLINE_EXCEEDED when the time is over, never before', async () => {
    const start = performance.now();
    keepBusy(20); // Node counts a timer from the start of its turn, so this one fires early
    const ctx = context.withTimeout(context.background(), 30);
    await context.done(ctx);
    expect(performance.now() - start).toBeGreaterThanOrEqual(50);
    expect(ctx.err).toMatchObject({ name: 'RodentError', code: 'DEADLINE_EXCEEDED' });
    expect(context.cause(ctx)).toBe(ctx.err);
  });

  it('gives its cause when the timer fires', async () => {
    const ctx = context.withTimeout(context.background(), 1, why);
    await context.done(ctx);
    expect([ctx.err?.code, ctx.err?.cause, context.cause(ctx)]).toEqual([
      'DEADLINE_EXCEEDED',
      why,
      why,
    ]);
  });

  it('drops its cause when it is cancelled', () => {
    const ctx = context.withTimeout(context.background(), 60_000, why);
    ctx.cancel();
    expect(ctx.err?.code).toBe('CANCELED');
    expect(context.cause(ctx)).toBe(ctx.err);
    expect(ctx.err?.cause).toBeUndefined();
  });

  it.each([0, -5, Number.NEGATIVE_INFINITY])('of %s ms is done at once', (ms) => {
    const ctx = context.withTimeout(context.background(), ms, why);
    expect([ctx.err?.code, context.cause(ctx)]).toEqual(['DEADLINE_EXCEEDED', why]);
    expect(ctx.deadline?.getTime()).not.toBeNaN();
  });

  it.each([Number.POSITIVE_INFINITY, Number.MAX_VALUE])('of %s ms is withCancel', (ms) => {
    const ctx = context.withTimeout(context.background(), ms, why);
    expect(ctx.deadline).toBeUndefined();
    ctx.cancel();
    expect(ctx.err?.code).toBe('CANCELED');
  });

  it('refuses what is not a number', () => {
    expect(() => context.withTimeout(context.background(), Number.NaN)).toThrow('not a number');
    expect(() => context.withDeadline(context.background(), new Date(''))).toThrow('not a number');
  });

  it('ends its children with its code and cause', async () => {
    const ctx = context.withTimeout(context.background(), 1, why);
    const child = context.withCancel(ctx);
    await context.done(child);
    expect(child.err).toBe(ctx.err);
    expect(context.cause(child)).toBe(why);
  });

  it('does not end its parent', async () => {
    const parent = context.withCancel(context.background());
    await context.done(context.withTimeout(parent, 1));
    expect(parent.err).toBeUndefined();
  });

  it('may lie farther away than one timer of Node reaches', () => {
    fakeTime();
    const ctx = context.withTimeout(context.background(), 2 ** 32);
    vi.advanceTimersByTime(2 ** 32 - 1);
    expect([ctx.signal.aborted, ctx.err]).toEqual([false, undefined]);
    vi.advanceTimersByTime(1);
    expect(ctx.signal.aborted).toBe(true);
  });

  it('leaves no timer behind when it is cancelled, or its parent is', () => {
    fakeTime();
    const parent = context.withCancel(context.background());
    context.withTimeout(parent, 1_000).cancel();
    expect(vi.getTimerCount()).toBe(0);
    const child = context.withTimeout(parent, 1_000);
    expect(vi.getTimerCount()).toBe(1);
    parent.cancel();
    expect([vi.getTimerCount(), child.err?.code]).toEqual([0, 'CANCELED']);
  });

  it('ends when the wall clock is set back', async () => {
    const ctx = context.withTimeout(context.background(), 20);
    const now = Date.now();
    const clock = vi.spyOn(Date, 'now').mockReturnValue(now - 3_600_000);
    onTestFinished(() => {
      clock.mockRestore();
    });
    await context.done(ctx);
    expect(ctx.err?.code).toBe('DEADLINE_EXCEEDED');
  });

  it('is seen by work that keeps the timer from running', () => {
    const parent = context.withTimeout(context.background(), 5, why);
    const child = context.withValue(context.withCancel(parent), context.createKey('k'), 1);
    let heard = 0;
    parent.signal.addEventListener('abort', () => (heard += 1));
    const end = performance.now() + 30_000;
    while (child.err === undefined && performance.now() < end);
    expect([child.err?.code, context.cause(child)]).toEqual(['DEADLINE_EXCEEDED', why]);
    expect([parent.err, heard]).toEqual([child.err, 1]);
    expect(context.withCancel(parent).err).toBe(parent.err);
  });
});

describe('withDeadline()', () => {
  it('is done at the time it names, with its cause', async () => {
    const at = new Date(Date.now() + 5);
    const ctx = context.withDeadline(context.background(), at, why);
    expect(ctx.deadline).toEqual(at);
    await context.done(ctx);
    expect([ctx.err?.code, context.cause(ctx)]).toEqual(['DEADLINE_EXCEEDED', why]);
  });

  it('in the past is done at once and keeps the deadline', () => {
    const ctx = context.withDeadline(context.background(), new Date(1_000));
    expect([ctx.err?.code, ctx.deadline]).toEqual(['DEADLINE_EXCEEDED', new Date(1_000)]);
  });

  it('cannot be moved through the date that was given, or the one that is read', () => {
    const at = new Date(Date.now() + 60_000);
    const ctx = context.withDeadline(context.background(), at);
    const before = at.getTime();
    at.setTime(0);
    ctx.deadline?.setTime(0);
    expect(ctx.deadline?.getTime()).toBe(before);
    ctx.cancel();
    expect(ctx.deadline?.getTime()).toBe(before);
  });
});

describe("a child's deadline", () => {
  it('counts when it is earlier', async () => {
    const parent = context.withTimeout(context.background(), 60_000);
    const child = context.withTimeout(parent, 1, why);
    expect(Number(child.deadline)).toBeLessThan(Number(parent.deadline));
    await context.done(child);
    expect([context.cause(child), parent.err]).toEqual([why, undefined]);
    parent.cancel();
  });

  it('is dropped with its cause when it is later', async () => {
    const parent = context.withTimeout(context.background(), 1, why);
    const child = context.withTimeout(parent, 60_000, later);
    expect(child.deadline).toEqual(parent.deadline);
    await context.done(child);
    expect(child.err).toBe(parent.err);
    expect(context.cause(child)).toBe(why);
  });

  it('when later costs no timer', () => {
    fakeTime();
    const parent = context.withTimeout(context.background(), 1_000);
    context.withTimeout(context.withCancel(parent), 2_000);
    expect(vi.getTimerCount()).toBe(1);
  });

  it('is inherited through every kind of context', () => {
    const at = new Date(Date.now() + 60_000);
    const parent = context.withDeadline(context.background(), at);
    const value = context.withValue(context.withCancel(parent), context.createKey('k'), 1);
    using child = context.fromSignal(new AbortController().signal, value);
    expect([value.deadline, child.deadline]).toEqual([at, at]);
    parent.cancel();
  });
});
