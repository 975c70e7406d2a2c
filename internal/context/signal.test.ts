import { getEventListeners } from 'node:events';
import { pathToFileURL } from 'node:url';

import { beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';

import * as context from './index.js';

const why = new Error('why');

describe('fromSignal()', () => {
  it('is done with the reason as cause when the signal aborts', () => {
    const controller = new AbortController();
    const ctx = context.fromSignal(controller.signal);
    expect(ctx.err).toBeUndefined();
    controller.abort(why);
    expect([ctx.err?.code, ctx.err?.cause, context.cause(ctx)]).toEqual(['CANCELED', why, why]);
  });

  it('is done at once when the signal has aborted', () => {
    const ctx = context.fromSignal(AbortSignal.abort(why));
    expect([ctx.err?.code, context.cause(ctx)]).toEqual(['CANCELED', why]);
  });

  it('is done with DEADLINE_EXCEEDED when the reason is a timeout', async () => {
    const timeout = AbortSignal.timeout(1);
    const ctx = context.fromSignal(timeout);
    const keepAlive = setTimeout(() => expect.unreachable(), 30_000);
    await context.done(ctx);
    clearTimeout(keepAlive);
    expect([ctx.err?.code, context.cause(ctx)]).toEqual(['DEADLINE_EXCEEDED', timeout.reason]);

    const expired = context.withTimeout(context.background(), 0);
    expect(context.fromSignal(expired.signal).err?.code).toBe('DEADLINE_EXCEEDED');
  });

  it('joins a parent: whichever ends first counts', () => {
    const key = context.createKey<string>('k');
    const parent = context.withCancel(context.withValue(context.background(), key, 'v'));
    const controller = new AbortController();
    const byParent = context.fromSignal(controller.signal, parent);
    const bySignal = context.fromSignal(controller.signal, context.withoutCancel(parent));
    expect(byParent.value(key)).toBe('v');
    parent.cancel(why);
    controller.abort('signal');
    expect([context.cause(byParent), context.cause(bySignal)]).toEqual([why, 'signal']);
  });

  it('takes its listener off the signal at every kind of end', () => {
    const parent = context.withCancel(context.background());
    const { signal } = new AbortController();
    context.fromSignal(signal).cancel();
    context.fromSignal(signal, parent);
    expect(getEventListeners(signal, 'abort')).toHaveLength(1);
    parent.cancel();
    context.fromSignal(signal, parent);
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });

  it('does not abort the signal it came from', () => {
    const controller = new AbortController();
    context.fromSignal(controller.signal).cancel();
    expect(controller.signal.aborted).toBe(false);
  });
});

describe('ctx.signal', () => {
  it('stops what knows AbortSignal, with the cause', async () => {
    const ctx = context.withCancel(context.background());
    const request = fetch('http://127.0.0.1:1/', { signal: ctx.signal });
    ctx.cancel(why);
    await expect(request).rejects.toBe(why);
  });

  it('takes many listeners without a warning', async () => {
    const emit = vi.spyOn(process, 'emitWarning');
    const ctx = context.withCancel(context.background());
    for (let i = 0; i < 50; i += 1) ctx.signal.addEventListener('abort', () => {});
    await new Promise(setImmediate);
    expect(emit).not.toHaveBeenCalled();
    emit.mockRestore();
  });

  it('makes an AbortController only when it is read', () => {
    let made = 0;
    class Counted extends AbortController {
      constructor() {
        super();
        made += 1;
      }
    }
    vi.stubGlobal('AbortController', Counted);
    onTestFinished(() => {
      vi.unstubAllGlobals();
    });
    const parent = context.withTimeout(context.background(), 60_000);
    const child = context.withCancel(parent);
    context.afterFunc(child, () => {});
    parent.cancel(why);
    expect(child.err?.cause).toBe(why);
    expect(made).toBe(0);
    expect([child.signal.aborted, child.signal.aborted, made]).toEqual([true, true, 1]);
  });
});

/** A context of another make, as small as the interface allows. */
function foreign(): context.Context & { readonly end: (reason?: unknown) => void } {
  const controller = new AbortController();
  return {
    signal: controller.signal,
    deadline: new Date(Date.now() + 60_000),
    err: undefined,
    value: <T>(key: context.Key<T>): T | undefined =>
      key.name === 'there' ? ('foreign' as T) : undefined,
    end: (reason) => controller.abort(reason),
  };
}

describe('a parent of another make', () => {
  it('ends its children through its signal, with the reason as cause', () => {
    const parent = foreign();
    const child = context.withCancel(parent);
    const value = context.withValue(parent, context.createKey('k'), 1);
    const grandchild = context.withCancel(value);
    parent.end(why);
    for (const ctx of [child, grandchild]) {
      expect([ctx.err?.code, context.cause(ctx)]).toEqual(['CANCELED', why]);
    }
    expect([context.cause(parent), context.cause(value)]).toEqual([why, why]);
    expect(context.withCancel(parent).err?.code).toBe('CANCELED');
    expect(context.withoutCancel(parent).err).toBeUndefined();
  });

  it('gives its values and its deadline', () => {
    const parent = foreign();
    const own = context.createKey<number>('own');
    using child = context.withTimeout(context.withValue(parent, own, 1), 3_600_000);
    expect([child.value(own), child.value(context.createKey('there'))]).toEqual([1, 'foreign']);
    expect(child.deadline).toEqual(parent.deadline);
    expect(context.withoutCancel(child).value(context.createKey('there'))).toBe('foreign');
  });

  it('keeps no listener of a child that ended, or of a function that was stopped', () => {
    const parent = foreign();
    context.withCancel(parent).cancel();
    context.withTimeout(parent, 0);
    context.afterFunc(parent, () => {})();
    context.withValue(parent, context.createKey('k'), 1);
    expect(getEventListeners(parent.signal, 'abort')).toHaveLength(0);
  });

  it('runs and stops functions registered on it', async () => {
    const parent = foreign();
    const calls: string[] = [];
    context.afterFunc(parent, () => calls.push('run'));
    const stop = context.afterFunc(parent, () => calls.push('stopped'));
    expect(stop()).toBe(true);
    parent.end();
    await expect(context.sleep(parent, 60_000)).rejects.toMatchObject({ code: 'CANCELED' });
    expect(calls).toEqual(['run']);
  });
});

describe('another copy of this package', () => {
  let copy: typeof context;
  beforeAll(async () => {
    const file = new URL('../../dist/internal/context/index.js', import.meta.url);
    copy = (await import(pathToFileURL(file.pathname).href)) as typeof context;
  });

  it('is heard with its code, its cause and its values', async () => {
    const key = copy.createKey<string>('k');
    const parent = copy.withTimeout(copy.withValue(copy.background(), key, 'v'), 1, why);
    const child = context.withCancel(parent);
    expect(child.value(key)).toBe('v');
    await context.done(child);
    expect([child.err?.code, context.cause(child)]).toEqual(['DEADLINE_EXCEEDED', why]);
    expect([context.cause(parent), copy.cause(child)]).toEqual([why, why]);
  });

  it('sees a deadline pass that kept its timer from running', () => {
    const child = context.withCancel(copy.withTimeout(copy.background(), 5));
    const end = performance.now() + 30_000;
    while (child.err === undefined && performance.now() < end);
    expect(child.err?.code).toBe('DEADLINE_EXCEEDED');
  });
});
