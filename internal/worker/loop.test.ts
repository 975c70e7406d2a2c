/** Calling again and again. */

import { describe, expect, it } from 'vitest';

import * as context from '../context/index.js';
import { retryDelayMs } from './backoff.js';
import type { Logger } from './logging.js';
import { Waiting, loop } from './loop.js';
import { settingsOf } from './settings.js';

interface Heard {
  readonly log: Logger;
  readonly lines: string[];
}

function listen(): Heard {
  const lines: string[] = [];
  const put = (...words: readonly unknown[]): void => void lines.push(words.map(String).join(' '));
  return { lines, log: { level: 'info', debug: put, info: put, warn: put, error: put } };
}

const settings = { ...settingsOf({}), pauseMs: 0, graceMs: 20 };

describe('the loop', () => {
  it('calls until its context ends, and not again after that', async () => {
    using ctx = context.withCancel(context.background());
    let calls = 0;
    const call = (): Promise<void> => {
      calls += 1;
      if (calls === 3) ctx.cancel();
      return Promise.resolve();
    };
    await loop({ call, ctx, settings, log: listen().log, waiting: new Waiting() });
    expect(calls).toBe(3);
  });

  it('does not take a failure at the end for a failure where the end is its reason', async () => {
    const { log, lines } = listen();
    for (const text of ['told', 'astray']) {
      using ctx = context.withCancel(context.background());
      const call = (): Promise<void> => {
        ctx.cancel();
        return Promise.reject(text === 'told' ? (ctx.err ?? new Error('none')) : new Error(text));
      };
      await loop({ call, ctx, settings, log, waiting: new Waiting() });
    }
    expect(lines).toEqual(['The worker function failed while it was ending. Error: astray']);
  });

  it('is woken from its pause by who knows that waiting is over', async () => {
    using ctx = context.withCancel(context.background());
    const waiting = new Waiting();
    let calls = 0;
    const call = (): Promise<void> => {
      calls += 1;
      if (calls === 2) ctx.cancel();
      else setImmediate(() => waiting.wake());
      return Promise.resolve();
    };
    const slow = { ...settings, pauseMs: 3_600_000 };
    await loop({ call, ctx, settings: slow, log: listen().log, waiting });
    expect(calls).toBe(2);
  });

  it('gives up on a call that does not return', async () => {
    using ctx = context.withCancel(context.background());
    const call = (): Promise<void> => {
      ctx.cancel();
      return new Promise(() => undefined);
    };
    await expect(
      loop({ call, ctx, settings, log: listen().log, waiting: new Waiting() }),
    ).rejects.toThrow(expect.objectContaining({ code: 'STOP_TIMEOUT' }));
  });
});

it('pauses grow from 100 ms to 30 s, and to half as much more by chance', () => {
  const within = (failures: number, step: number): void => {
    const ms = retryDelayMs(failures);
    expect(ms).toBeGreaterThanOrEqual(step);
    expect(ms).toBeLessThanOrEqual(step * 1.5);
  };
  within(1, 100);
  within(2, 200);
  within(5, 1600);
  within(10, 30_000);
  within(10_000, 30_000);
});
