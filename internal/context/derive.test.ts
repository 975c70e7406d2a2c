import { describe, expect, it } from 'vitest';

import * as context from './index.js';

const why = new Error('why');
const other = new Error('other');

/** What a reader of a context can see of its end. */
function view(ctx: context.Context): readonly [string | undefined, unknown] {
  return [ctx.err?.code, context.cause(ctx)];
}

describe('background()', () => {
  it('is never done and has no deadline, value or cause', () => {
    const ctx = context.background();
    expect(view(ctx)).toEqual([undefined, undefined]);
    expect(ctx.deadline).toBeUndefined();
    expect(ctx.value(context.createKey('any'))).toBeUndefined();
    expect(ctx.signal.aborted).toBe(false);
    expect(ctx.signal).toBe(ctx.signal);
  });

  it('is another one at each call, so that nothing is shared between programs', () => {
    expect(context.background().signal).not.toBe(context.background().signal);
  });
});

describe('withCancel()', () => {
  it('is done with CANCELED after cancel(), and the error is the cause', () => {
    const ctx = context.withCancel(context.background());
    expect(ctx.err).toBeUndefined();
    ctx.cancel();
    expect(ctx.err).toMatchObject({ name: 'RodentError', code: 'CANCELED' });
    expect(ctx.err?.cause).toBeUndefined();
    expect(context.cause(ctx)).toBe(ctx.err);
    expect(ctx.signal.reason).toBe(ctx.err);
  });

  it('gives the same error and the same signal at every read', () => {
    const ctx = context.withCancel(context.background());
    const { signal } = ctx;
    ctx.cancel(why);
    expect(ctx.err).toBe(ctx.err);
    expect(ctx.signal).toBe(signal);
  });

  it('carries the cause in cause(), in the cause of the error and in the reason of the signal', () => {
    const ctx = context.withCancel(context.background());
    const { signal } = ctx;
    ctx.cancel(why);
    expect([context.cause(ctx), ctx.err?.cause, signal.reason]).toEqual([why, why, why]);
    expect([signal.aborted, ctx.err?.code]).toEqual([true, 'CANCELED']);
  });

  it.each([undefined, null])('takes the cause %s as none', (none) => {
    const ctx = context.withCancel(context.background());
    ctx.cancel(none);
    expect(context.cause(ctx)).toBe(ctx.err);
    expect(ctx.err).not.toHaveProperty('cause');
  });

  it('takes any other value as a cause, also 0 and the empty text', () => {
    const causes = [0, '', false, { kind: 'request' }].map((value) => {
      const ctx = context.withCancel(context.background());
      ctx.cancel(value);
      return context.cause(ctx);
    });
    expect(causes).toEqual([0, '', false, { kind: 'request' }]);
  });

  it('ignores every cancellation after the first', () => {
    const ctx = context.withCancel(context.background());
    ctx.cancel(why);
    ctx.cancel(other);
    ctx.cancel();
    expect(view(ctx)).toEqual(['CANCELED', why]);
  });

  it('has a signal that is aborted from the start when it is read after the end', () => {
    const ctx = context.withCancel(context.background());
    ctx.cancel(why);
    expect([ctx.signal.aborted, ctx.signal.reason]).toEqual([true, why]);
  });

  it('cancels at the end of a using block, without a cause', () => {
    let seen: context.Context;
    {
      using ctx = context.withCancel(context.background());
      seen = ctx;
      expect(seen.err).toBeUndefined();
    }
    expect(seen.err?.code).toBe('CANCELED');
    expect(context.cause(seen)).toBe(seen.err);
  });

  it('shows nothing of the tree to a log', () => {
    const ctx = context.withValue(
      context.withCancel(context.background()),
      context.createKey<string>('secret'),
      'hunter2',
    );
    expect(Object.keys(ctx)).toEqual([]);
    expect(JSON.stringify(ctx)).toBe('{}');
  });
});

/** Who cancels in which order, and what parent and child show then. Source: Go, context.Cause. */
const CAUSES: readonly {
  readonly rule: string;
  readonly act: (parent: context.CancelContext, child: context.CancelContext) => void;
  readonly parent: readonly [string | undefined, unknown];
  readonly child: readonly [string | undefined, unknown];
}[] = [
  {
    rule: 'a cause of the parent reaches the child',
    act: (parent) => parent.cancel(why),
    parent: ['CANCELED', why],
    child: ['CANCELED', why],
  },
  {
    rule: 'a cause of the child stays there',
    act: (_, child) => child.cancel(why),
    parent: [undefined, undefined],
    child: ['CANCELED', why],
  },
  {
    rule: 'a child that ended first keeps its cause when the parent ends',
    act: (parent, child) => {
      child.cancel(why);
      parent.cancel(other);
    },
    parent: ['CANCELED', other],
    child: ['CANCELED', why],
  },
  {
    rule: 'a child that ended with its parent keeps the cause of the parent',
    act: (parent, child) => {
      parent.cancel(why);
      child.cancel(other);
    },
    parent: ['CANCELED', why],
    child: ['CANCELED', why],
  },
];

describe('a child', () => {
  it.each(CAUSES)('follows the rule: $rule', (row) => {
    const parent = context.withCancel(context.background());
    const child = context.withCancel(parent);
    row.act(parent, child);
    expect(view(parent)).toEqual(row.parent);
    expect(view(child)).toEqual(row.child);
  });

  it('shares the error of the parent that ended it', () => {
    const parent = context.withCancel(context.background());
    const child = context.withTimeout(parent, 60_000);
    parent.cancel();
    expect(child.err).toBe(parent.err);
    expect(context.cause(child)).toBe(parent.err);
  });

  it('takes the cause of the nearest ancestor that ended', () => {
    const grandparent = context.withCancel(context.background());
    const parent = context.withCancel(grandparent);
    const child = context.withCancel(context.withValue(parent, context.createKey('k'), 1));
    parent.cancel(why);
    grandparent.cancel(other);
    expect(context.cause(child)).toBe(why);
  });

  it('of a parent that is done is done from the start, with its cause', () => {
    const parent = context.withCancel(context.background());
    parent.cancel(why);
    const children = [
      context.withCancel(parent),
      context.withTimeout(parent, 60_000, other),
      context.withTimeout(parent, -1, other),
      context.withValue(parent, context.createKey('k'), 1),
      context.fromSignal(AbortSignal.abort(other), parent),
    ];
    for (const child of children) {
      expect(view(child)).toEqual(['CANCELED', why]);
      expect(child.signal.aborted).toBe(true);
    }
  });

  it('that is cancelled leaves its siblings alone, wherever it stands among them', () => {
    for (const at of [0, 1, 2]) {
      const parent = context.withCancel(context.background());
      const children = [0, 1, 2].map(() => context.withCancel(parent));
      children[at]?.cancel(other);
      expect(children.map((child) => child.err !== undefined)).toEqual(
        [0, 1, 2].map((i) => i === at),
      );
      parent.cancel(why);
      expect(children.map((child) => context.cause(child))).toEqual(
        [0, 1, 2].map((i) => (i === at ? other : why)),
      );
    }
  });
});
