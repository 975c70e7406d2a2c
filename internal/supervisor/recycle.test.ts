import { describe, expect, test } from 'vitest';

import { until } from '../../test/support/index.js';
import * as context from '../context/index.js';
import * as supervisor from './index.js';
import type { Judge } from './index.js';
import { stage } from './testing/index.js';

const ctx = context.background();

describe('recycle()', () => {
  test('brings the replacement first, and names the reason', async () => {
    const { maker, actor, event } = stage();
    const crew = supervisor.openCrew({ size: 1, maker: maker() });
    await crew.start(ctx);
    const old = actor('http-1');
    await crew.recycle('http-1', '1000 requests served');
    expect(supervisor.describeEvent(await event('WORKER_RECYCLED'))).toBe(
      `Worker "http-1" (process ${old.pid}) was replaced: 1000 requests served.`,
    );
    await until('the old one to go', () => crew.status().length === 1);
    expect(crew.status()[0]).toMatchObject({
      state: 'RUNNING',
      generation: 1,
      restarts: 1,
      lastEnd: { reason: 'recycled: 1000 requests served' },
    });
    expect(old.reasons).toEqual([{ kind: 'replaced', why: '1000 requests served' }]);
    await crew.stop(ctx);
  });

  test('happens to one worker at a time', async () => {
    const { maker, events } = stage();
    const crew = supervisor.openCrew({ size: 3, maker: maker() });
    await crew.start(ctx);
    const begun = events.length;
    const names = ['http-1', 'http-2', 'http-3', 'http-3'];
    await Promise.all(names.map((name) => crew.recycle(name, 'too old')));
    const starts = events
      .slice(begun)
      .filter(({ type }) => type === 'WORKER_STARTED' || type === 'WORKER_RECYCLED')
      .map(({ name, type }) => `${name} ${type}`);
    expect(starts).toEqual(
      ['http-1', 'http-2', 'http-3'].flatMap((name) => [
        `${name} WORKER_STARTED`,
        `${name} WORKER_RECYCLED`,
      ]),
    );
    await crew.stop(ctx);
  });

  test('that fails leaves the old one serving, and tries again', async () => {
    const { maker, actor, event } = stage();
    let failures = 2;
    const good = maker();
    const crew = supervisor.openCrew({
      size: 1,
      maker: good,
      backoff: { firstMs: 5, lastMs: 20, random: () => 0 },
    });
    await crew.start(ctx);
    const old = actor('http-1');
    const bad = maker({ fails: 'no memory left' });
    await crew.reload(
      (slot) => ({
        ...good(slot),
        start: () => (crew.generation === 2 && failures-- > 0 ? bad : good)(slot).start(),
      }),
      { ctx, generation: 2 },
    );
    await old.exited;
    const { pid } = actor('http-1');
    await expect(crew.recycle('http-1', 'too old')).rejects.toThrow('no memory left');
    expect(crew.status()).toMatchObject([{ state: 'RUNNING', pid }]);
    const delays = await Promise.all(
      [1, 2].map(async (count) =>
        Math.round((await event('RECYCLE_FAILED', 'http-1', count)).delayMs),
      ),
    );
    expect(delays[0]).toBe(5);
    expect(delays[1]).toBeGreaterThan(5);
    await event('WORKER_RECYCLED');
    await until('the old one to go', () => crew.status().length === 1);
    expect(crew.status()[0]?.pid).not.toBe(pid);
    await crew.stop(ctx);
  });

  test('is interrupted by a reload, which replaces the worker anyway', async () => {
    const { maker, actors, event } = stage();
    let starts = 0;
    const crew = supervisor.openCrew({
      size: 1,
      maker: (slot) => ({
        ...maker()(slot),
        start: () => maker({ waits: starts++ > 0 })(slot).start(),
      }),
    });
    await crew.start(ctx);
    const recycling = crew.recycle('http-1', 'too old');
    await event('WORKER_STARTED', 'http-1', 2);
    await crew.reload(maker(), { ctx, generation: 2 });
    await recycling;
    await until('the others to go', () => crew.status().length === 1);
    expect(crew.status()).toMatchObject([{ state: 'RUNNING', generation: 2 }]);
    expect(actors).toHaveLength(3);
    await crew.stop(ctx);
  });
});

describe('a verdict', () => {
  const judgeOnce = (verdict: supervisor.Verdict): Judge => {
    const judged = new Set<string>();
    return ({ name }) => {
      if (name !== 'http-2' || judged.has(name)) return undefined;
      judged.add(name);
      return verdict;
    };
  };

  test.each([
    ['recycle', 'recycled: memory'],
    ['kill', 'memory'],
  ] as const)('to %s is carried out', async (action, reason) => {
    const { maker, actor, event } = stage();
    const judge = judgeOnce({ action, why: 'memory' });
    const crew = supervisor.openCrew({ size: 2, maker: maker(), judge, tickMs: 10 });
    await crew.start(ctx);
    const judged = actor('http-2');
    expect((await event('WORKER_ENDED', 'http-2')).reason).toBe(reason);
    await event('WORKER_READY', 'http-2', 2);
    expect(actor('http-2')).not.toBe(judged);
    expect(crew.status()[0]).toMatchObject({ name: 'http-1', restarts: 0 });
    await crew.stop(ctx);
  });

  test('to kill counts also for a worker whose replacement has not come yet', async () => {
    const { maker, event, actors } = stage();
    let starts = 0;
    let isTooMuch = false;
    const judge: Judge = () => ({ action: isTooMuch ? 'kill' : 'recycle', why: 'memory' });
    const crew = supervisor.openCrew({
      size: 1,
      maker: (slot) => ({
        ...maker()(slot),
        start: () => maker({ waits: starts++ > 0 })(slot).start(),
      }),
      judge,
      tickMs: 10,
    });
    await crew.start(ctx);
    await event('WORKER_STARTED', 'http-1', 2);
    isTooMuch = true;
    const { pid, reason } = await event('WORKER_ENDED');
    expect([pid, reason]).toEqual([actors[0]?.pid, 'memory']);
    await crew.stop(ctx);
  });

  test('that throws is told, and harms nobody', async () => {
    const { maker, event } = stage();
    const judge = (): never => {
      throw new Error('no idea');
    };
    const crew = supervisor.openCrew({ size: 1, maker: maker(), judge, tickMs: 10 });
    await crew.start(ctx);
    expect(supervisor.describeEvent(await event('JUDGE_FAILED'))).toContain('no idea');
    expect(crew.isHealthy).toBe(true);
    await crew.stop(ctx);
  });
});
