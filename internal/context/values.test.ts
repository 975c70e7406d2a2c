import { describe, expect, it } from 'vitest';

import * as context from './index.js';

const why = new Error('why');

describe('withValue()', () => {
  const A = context.createKey<string>('name');
  const B = context.createKey<number>('name');

  it('finds the nearest value of a key, through contexts of every kind', () => {
    const outer = context.withValue(context.background(), A, 'outer');
    const inner = context.withValue(context.withCancel(outer), A, 'inner');
    const leaf = context.withTimeout(context.withValue(inner, B, 7), 60_000);
    expect([outer.value(A), leaf.value(A), leaf.value(B)]).toEqual(['outer', 'inner', 7]);
    expect(outer.value(B)).toBeUndefined();
    leaf.cancel();
    expect(leaf.value(A)).toBe('inner');
  });

  it('tells keys of the same name apart', () => {
    const ctx = context.withValue(context.background(), A, 'text');
    expect(ctx.value(context.createKey<string>('name'))).toBeUndefined();
    expect(ctx.value(B)).toBeUndefined();
  });

  it('ends with its parent and has its signal and its deadline', () => {
    const parent = context.withTimeout(context.background(), 60_000);
    const ctx = context.withValue(parent, A, 'x');
    expect(ctx.signal).toBe(parent.signal);
    expect(ctx.deadline).toEqual(parent.deadline);
    parent.cancel(why);
    expect([ctx.err, context.cause(ctx)]).toEqual([parent.err, why]);
  });

  it('can hide a value behind undefined', () => {
    const key = context.createKey<string | undefined>('maybe');
    const ctx = context.withValue(
      context.withValue(context.background(), key, 'x'),
      key,
      undefined,
    );
    expect(ctx.value(key)).toBeUndefined();
  });
});

describe('withoutCancel()', () => {
  it('keeps the values, and has no deadline, error, cause or end', () => {
    const key = context.createKey<string>('k');
    const parent = context.withTimeout(context.withValue(context.background(), key, 'v'), 60_000);
    const ctx = context.withoutCancel(parent);
    const child = context.withCancel(ctx);
    parent.cancel(why);
    expect(ctx.value(key)).toBe('v');
    expect(ctx.deadline).toBeUndefined();
    expect([ctx.err, context.cause(ctx)]).toEqual([undefined, undefined]);
    expect([child.err, context.cause(child)]).toEqual([undefined, undefined]);
    expect(ctx.signal.aborted).toBe(false);
  });

  it('of a context that is done is not done', () => {
    const parent = context.withCancel(context.background());
    parent.cancel(why);
    const ctx = context.withoutCancel(parent);
    expect([ctx.err, context.cause(ctx)]).toEqual([undefined, undefined]);
  });
});
