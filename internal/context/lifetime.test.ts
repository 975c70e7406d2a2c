import { describe, expect, it } from 'vitest';

import * as context from './index.js';

describe('the order of cancellation', () => {
  it('is the parent first, then its children in order of creation, each with its own below', async () => {
    const log: string[] = [];
    const parent = context.withCancel(context.background());
    const first = context.withCancel(parent);
    context.afterFunc(parent, () => log.push('after parent'));
    const second = context.withCancel(parent);
    const below = context.withCancel(first);
    context.afterFunc(below, () => log.push('after below'));
    const all = { second, below, first, parent };
    for (const [name, ctx] of Object.entries(all)) {
      ctx.signal.addEventListener('abort', () => log.push(name));
    }
    parent.cancel();
    await Promise.resolve();
    expect(log).toEqual(['parent', 'first', 'below', 'second', 'after below', 'after parent']);
  });

  it('shows every listener a tree that is done from top to bottom', () => {
    const parent = context.withCancel(context.background());
    const children = [1, 2, 3].map(() => context.withCancel(parent));
    const all = [parent, ...children];
    const seen: boolean[] = [];
    for (const ctx of all) {
      ctx.signal.addEventListener('abort', () => {
        seen.push(all.every((one) => one.err !== undefined));
      });
    }
    parent.cancel();
    expect(seen).toEqual([true, true, true, true]);
  });
});

describe('an abort listener', () => {
  it('may cancel anything in the tree, its own context included', () => {
    const log: string[] = [];
    const parent = context.withCancel(context.background());
    const first = context.withCancel(parent);
    const second = context.withCancel(parent);
    first.signal.addEventListener('abort', () => {
      for (const ctx of [second, first, parent]) ctx.cancel('from the listener');
      log.push('first');
    });
    second.signal.addEventListener('abort', () => log.push('second'));
    parent.cancel('outside');
    expect(log).toEqual(['first', 'second']);
    expect([parent, first, second].map((ctx) => context.cause(ctx))).toEqual(
      Array.from({ length: 3 }, () => 'outside'),
    );
  });

  it('may cancel another tree, in the midst of the first', () => {
    const log: string[] = [];
    const one = context.withCancel(context.background());
    const two = context.withCancel(context.background());
    one.signal.addEventListener('abort', () => {
      two.cancel();
      log.push('one');
    });
    context.withCancel(one).signal.addEventListener('abort', () => log.push('child of one'));
    two.signal.addEventListener('abort', () => log.push('two'));
    one.cancel();
    expect(log).toEqual(['two', 'one', 'child of one']);
  });

  it('may stop a function, which is certain to run by then', async () => {
    const ctx = context.withCancel(context.background());
    const results: boolean[] = [];
    let calls = 0;
    ctx.signal.addEventListener('abort', () => results.push(stop()));
    const stop = context.afterFunc(ctx, () => (calls += 1));
    ctx.cancel();
    await Promise.resolve();
    expect([results, calls]).toEqual([[false], 1]);
  });

  it('may derive from the context, and gets one that is done', () => {
    const ctx = context.withCancel(context.background());
    const derived: context.Context[] = [];
    ctx.signal.addEventListener('abort', () => {
      derived.push(context.withCancel(ctx), context.withTimeout(ctx, 1_000));
    });
    ctx.cancel('why');
    expect(derived.map((child) => context.cause(child))).toEqual(['why', 'why']);
  });
});

describe('a chain of ten thousand contexts', () => {
  it('is derived, read and cancelled without overflowing the stack', () => {
    const key = context.createKey<string>('root');
    const number = context.createKey<number>('depth');
    const root = context.withCancel(context.withValue(context.background(), key, 'value'));
    let leaf: context.Context = root;
    for (let i = 0; i < 10_000; i += 1) {
      leaf = context.withValue(context.withCancel(leaf), number, i);
    }
    const { signal } = leaf;
    root.cancel('why');
    expect([leaf.value(key), leaf.value(number)]).toEqual(['value', 9_999]);
    expect([context.cause(leaf), leaf.deadline, signal.aborted]).toEqual(['why', undefined, true]);
  });
});
