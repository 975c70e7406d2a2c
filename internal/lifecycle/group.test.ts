import { describe, expect, test } from 'vitest';

import * as context from '../context/index.js';
import * as lifecycle from './index.js';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('wait()', () => {
  test('resolves at once for a group without work, and ends its context', async () => {
    const group = lifecycle.group(context.background());
    await group.wait();
    expect(group.ctx.err?.code).toBe('CANCELED');
  });

  test('resolves when all work has ended, also what was added meanwhile', async () => {
    const group = lifecycle.group(context.background());
    const ended: string[] = [];
    await group.go(async () => {
      await turn();
      await group.go(async () => {
        await turn();
        ended.push('inner');
      });
      ended.push('outer');
    });
    await group.wait();
    expect(ended).toEqual(['outer', 'inner']);
  });

  test('rejects with the very error that came first, after all have ended', async () => {
    const group = lifecycle.group(context.background());
    const first = new Error('first');
    let ended = 0;
    await group.go(async (ctx) => {
      await context.done(ctx);
      await turn();
      ended += 1;
      throw new Error('second');
    });
    await group.go(() => Promise.reject(first));
    await expect(group.wait()).rejects.toBe(first);
    expect(ended).toBe(1);
    expect(context.cause(group.ctx)).toBe(first);
  });

  test.each([
    ['a synchronous throw', new Error('thrown')],
    ['a throw of undefined', undefined],
  ])('counts %s as a failure', async (_, error) => {
    const group = lifecycle.group(context.background());
    await group.go(() => {
      // oxlint-disable-next-line typescript/only-throw-error -- people do
      throw error;
    });
    await expect(group.wait()).rejects.toBe(error);
    expect(group.ctx.err).toBeDefined();
  });

  test('may be called by several, and again', async () => {
    const group = lifecycle.group(context.background());
    await group.go(() => Promise.reject(new Error('bad')));
    const results = await Promise.allSettled([group.wait(), group.wait()]);
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    await expect(group.wait()).rejects.toThrow('bad');
  });
});

describe('the context', () => {
  test('ends with its parent', async () => {
    const parent = context.withCancel(context.background());
    const group = lifecycle.group(parent);
    await group.go((ctx) => context.done(ctx));
    parent.cancel(new Error('over'));
    await group.wait();
    expect(context.cause(group.ctx)).toEqual(new Error('over'));
  });
});

describe('the limit', () => {
  test('holds: no more than that run at once, and every piece gets its turn', async () => {
    const group = lifecycle.group(context.background(), { limit: 3 });
    let running = 0;
    let most = 0;
    let ended = 0;
    for (let piece = 0; piece < 20; piece += 1) {
      await group.go(async () => {
        running += 1;
        most = Math.max(most, running);
        await turn();
        running -= 1;
        ended += 1;
      });
    }
    await group.wait();
    expect({ most, ended }).toEqual({ most: 3, ended: 20 });
  });

  test('is a queue in order: nobody pushes in', async () => {
    const group = lifecycle.group(context.background(), { limit: 1 });
    const started: number[] = [];
    const go = (piece: number): void =>
      void group.go(async () => {
        started.push(piece);
        await turn();
      });
    for (let piece = 0; piece < 5; piece += 1) go(piece);
    expect(group.tryGo(() => started.push(99))).toBe(false);
    await group.wait();
    expect(started).toEqual([0, 1, 2, 3, 4]);
  });

  test('lets what waits start after a failure, with a context that is done', async () => {
    const group = lifecycle.group(context.background(), { limit: 1 });
    const seen: unknown[] = [];
    void group.go(async () => {
      await turn();
      throw new Error('bad');
    });
    void group.go((ctx) => seen.push(ctx.err?.code));
    await expect(group.wait()).rejects.toThrow('bad');
    expect(seen).toEqual(['CANCELED']);
  });

  test('tryGo() runs the work only where there is room', async () => {
    const group = lifecycle.group(context.background(), { limit: 1 });
    expect(group.tryGo(() => turn())).toBe(true);
    expect(group.tryGo(() => turn())).toBe(false);
    await group.wait();
  });
});
