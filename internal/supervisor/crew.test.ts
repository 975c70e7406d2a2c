import { describe, expect, test } from 'vitest';

import { until } from '../../test/support/index.js';
import * as context from '../context/index.js';
import type { Crew } from './index.js';
import * as supervisor from './index.js';
import { failureOf, shown, stage, typesOf } from './testing/index.js';

/** Longer than any test takes. */
const NEVER_MS = 600_000;

const ctx = context.background();

function pidOf(crew: Crew, name: string): number | undefined {
  return crew.status().find((status) => status.name === name)?.pid;
}

describe('start()', () => {
  test('resolves when all are ready', async () => {
    const { maker, observe } = stage();
    const crew = supervisor.openCrew({ size: 3, maker: maker(), observe });
    expect([crew.isHealthy, crew.status()]).toEqual([false, []]);
    await crew.start(ctx);
    expect(shown(crew)).toEqual(['http-1 RUNNING 1', 'http-2 RUNNING 1', 'http-3 RUNNING 1']);
    expect([crew.size, crew.isHealthy, crew.generation]).toEqual([3, true, 1]);
    expect(await crew.stop(ctx)).toEqual({ killed: [] });
    expect(crew.isHealthy).toBe(false);
  });

  test('rejects with the own error of the first that fails, and stops the others', async () => {
    const { maker, actors, events } = stage();
    const bad = maker({ fails: 'no such table' });
    const crew = supervisor.openCrew({
      size: 3,
      maker: (slot) => (slot.name === 'http-2' ? bad(slot) : maker({ waits: true })(slot)),
    });
    await expect(crew.start(ctx)).rejects.toThrow('no such table');
    expect(crew.status()).toEqual([]);
    expect(actors).toHaveLength(3);
    expect(typesOf(events)).not.toContain('WORKER_BACKING_OFF');
  });

  test('starts a batch at a time', async () => {
    const { maker, actor, actors, event } = stage();
    const crew = supervisor.openCrew({
      size: 3,
      concurrency: 2,
      generation: 5,
      maker: maker({ waits: true }),
    });
    const started = crew.start(ctx);
    await event('WORKER_STARTED', 'http-2');
    expect(actors).toHaveLength(2);
    actor('http-1').tell('ready');
    actor('http-2').tell('ready');
    await event('WORKER_STARTED', 'http-3');
    actor('http-3').tell('ready');
    await started;
    expect(shown(crew)).toEqual(['http-1 RUNNING 5', 'http-2 RUNNING 5', 'http-3 RUNNING 5']);
    expect(crew.generation).toBe(5);
    await crew.stop(ctx);
  });

  test('is over when its context is', async () => {
    const { maker, actors, event } = stage();
    const crew = supervisor.openCrew({ size: 1, maker: maker({ waits: true }) });
    using starting = context.withCancel(ctx);
    const started = crew.start(starting);
    await event('WORKER_STARTED');
    starting.cancel();
    await expect(started).rejects.toMatchObject({ code: 'CANCELED' });
    expect(crew.status()).toEqual([]);
    await actors[0]?.exited;
  });

  test('is over when the crew stops', async () => {
    const { maker, event } = stage();
    const crew = supervisor.openCrew({ size: 2, maker: maker({ waits: true }) });
    const failure = failureOf(crew.start(ctx));
    await event('WORKER_STARTED', 'http-2');
    await crew.stop(ctx);
    expect(await failure).toMatchObject({ code: 'CANCELED' });
    expect(crew.isHealthy).toBe(false);
  });
});

describe('a death', () => {
  test('is answered by a start at once, in the same slot', async () => {
    const { maker, actor, event, events } = stage();
    const crew = supervisor.openCrew({ size: 2, maker: maker() });
    await crew.start(ctx);
    const pid = pidOf(crew, 'http-1');
    const sibling = pidOf(crew, 'http-2');
    actor('http-1').signal('SIGKILL');
    await event('WORKER_READY', 'http-1', 2);
    expect(pidOf(crew, 'http-1')).not.toBe(pid);
    expect(pidOf(crew, 'http-2')).toBe(sibling);
    expect(crew.status()[0]).toMatchObject({
      restarts: 1,
      lastEnd: { reason: 'SIGKILL (perhaps out of memory)' },
    });
    expect(typesOf(events)).not.toContain('WORKER_BACKING_OFF');
    await crew.stop(ctx);
  });

  test('in a loop makes one FATAL, while its siblings live', async () => {
    const { maker, actor, event, events } = stage();
    const backoff = { firstMs: 1, lastMs: 5 };
    let isBroken = false;
    const good = maker({}, { backoff });
    const crew = supervisor.openCrew({
      size: 2,
      maker: (slot) => ({
        ...good(slot),
        start: () => (isBroken ? maker({ exitsEarly: 1 }) : good)(slot).start(),
      }),
    });
    await crew.start(ctx);
    isBroken = true;
    actor('http-2').tell('exit', 1);
    await event('WORKER_GAVE_UP', 'http-2');
    expect(shown(crew)).toEqual(['http-1 RUNNING 1', 'http-2 FATAL 1']);
    expect(crew.isHealthy).toBe(true);
    expect(typesOf(events).filter((type) => type === 'WORKER_BACKING_OFF')).toHaveLength(3);
    isBroken = false;
    await crew.reload(good, { ctx, generation: 2 });
    expect(shown(crew).slice(0, 2)).toContain('http-1 RUNNING 2');
    await until('both', () => shown(crew).includes('http-2 RUNNING 2'));
    await crew.stop(ctx);
  });

  test('by order has its reason told', async () => {
    const { maker, event } = stage();
    const crew = supervisor.openCrew({ size: 1, maker: maker() });
    await crew.start(ctx);
    crew.kill('http-1', 'memory: 900 MiB of 800 MiB');
    await event('WORKER_READY', 'http-1', 2);
    expect(crew.status()[0]?.lastEnd?.reason).toBe('memory: 900 MiB of 800 MiB');
    await crew.stop(ctx);
  });
});

test('a worker that leaves is replaced while it drains', async () => {
  const { maker, actor, event } = stage();
  const crew = supervisor.openCrew({
    size: 1,
    maker: maker({ ignoresTerm: true }, { stopMs: NEVER_MS }),
  });
  await crew.start(ctx);
  const leaver = actor('http-1');
  leaver.tell('leave', 'SIGTERM by hand');
  await event('WORKER_READY', 'http-1', 2);
  expect(shown(crew)).toEqual(['http-1 RUNNING 1', 'http-1 STOPPING 1']);
  leaver.tell('exit', 0);
  await until('its end', () => crew.status().length === 1);
  expect(crew.status()[0]?.lastEnd?.reason).toBe('left: SIGTERM by hand');
  crew.killAll();
  await crew.stop(ctx);
});

describe('stop()', () => {
  test('kills what ignores it when its context ends, and names it', async () => {
    const { maker } = stage();
    const deaf = maker({ ignoresTerm: true }, { stopMs: NEVER_MS });
    const crew = supervisor.openCrew({
      size: 2,
      maker: (slot) => (slot.name === 'http-2' ? deaf : maker())(slot),
    });
    await crew.start(ctx);
    using patience = context.withTimeout(ctx, 300);
    expect(await crew.stop(patience)).toEqual({ killed: ['http-2'] });
    expect(crew.isHealthy).toBe(false);
  });

  test('beats what waits, and a second one with less patience counts', async () => {
    const { maker } = stage();
    const crew = supervisor.openCrew({
      size: 1,
      maker: maker({ ignoresTerm: true }, { stopMs: NEVER_MS }),
    });
    await crew.start(ctx);
    const stopping = crew.stop(ctx);
    await expect(crew.scale(2)).rejects.toMatchObject({ code: 'CANCELED' });
    await expect(crew.reload(maker(), { ctx, generation: 2 })).rejects.toMatchObject({
      code: 'CANCELED',
    });
    using impatience = context.withCancel(ctx);
    impatience.cancel();
    expect(await crew.stop(impatience)).toEqual({ killed: ['http-1'] });
    await stopping;
  });

  test('kills before its deadline, so that it can be told', async () => {
    const { maker } = stage();
    const crew = supervisor.openCrew({
      size: 1,
      maker: maker({ ignoresTerm: true }, { stopMs: NEVER_MS }),
    });
    await crew.start(ctx);
    const deadline = new Date(Date.now() + 500);
    // It has the deadline, and does not end when it has come.
    const patience: context.Context = {
      signal: new AbortController().signal,
      deadline,
      err: undefined,
      value: () => undefined,
    };
    expect(await crew.stop(patience)).toEqual({ killed: ['http-1'] });
  });

  test('killAll() ends all at once', async () => {
    const { maker, actors } = stage();
    const crew = supervisor.openCrew({
      size: 2,
      maker: maker({ ignoresTerm: true }, { stopMs: NEVER_MS }),
      spares: 1,
    });
    await crew.start(ctx);
    crew.killAll();
    const ends = await Promise.all(actors.map((actor) => actor.exited));
    expect(ends.map(({ signal }) => signal)).toEqual(['SIGKILL', 'SIGKILL', 'SIGKILL']);
    await crew.stop(ctx);
  });
});

test('an unknown name is NOT_FOUND, naming near ones', async () => {
  const { maker } = stage();
  const crew = supervisor.openCrew({ size: 1, maker: maker() });
  await crew.start(ctx);
  expect(() => crew.kill('htpp-1', 'why')).toThrow(
    'There is no worker "htpp-1": did you mean "http-1"?',
  );
  await expect(crew.recycle('cron', 'why')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  expect(crew.signal('http-1', 'SIGCONT')).toBe(true);
  await crew.stop(ctx);
});
