import { describe, expect, test } from 'vitest';

import { until } from '../../test/support/index.js';
import * as context from '../context/index.js';
import * as supervisor from './index.js';
import { failureOf, shown, stage, typesOf } from './testing/index.js';

/** Longer than any test takes. */
const NEVER_MS = 600_000;

const ctx = context.background();

describe('reload()', () => {
  test('puts the new generation into each slot before it asks the old one to leave', async () => {
    const { maker, actors, events } = stage();
    const crew = supervisor.openCrew({ size: 2, maker: maker() });
    await crew.start(ctx);
    const old = [...actors];
    const progress: string[] = [];
    await crew.reload(maker(), { ctx, generation: 2, onProgress: (text) => progress.push(text) });
    expect(crew.generation).toBe(2);
    await until('the old ones to go', () => crew.status().length === 2);
    expect(shown(crew)).toEqual(['http-1 RUNNING 2', 'http-2 RUNNING 2']);
    expect(old.map(({ reasons }) => reasons)).toEqual([
      [{ kind: 'replaced', why: 'generation 2' }],
      [{ kind: 'replaced', why: 'generation 2' }],
    ]);
    expect(progress).toEqual([
      'http-1: generation 2 starts',
      'http-1: generation 2 serves',
      'http-2: generation 2 starts',
      'http-2: generation 2 serves',
    ]);
    expect(crew.status()[0]?.lastEnd?.reason).toBe('replaced: generation 2');
    const order = events
      .filter(({ name, type }) => name === 'http-1' && /READY|STOPPED/.test(type))
      .map(({ type, generation }) => `${type} ${generation}`);
    expect(order).toEqual(['WORKER_READY 1', 'WORKER_READY 2', 'WORKER_STOPPED 1']);
    await crew.stop(ctx);
  });

  test('does not wait for old ones that drain', async () => {
    const { maker } = stage();
    const crew = supervisor.openCrew({
      size: 2,
      maker: maker({ ignoresTerm: true }, { stopMs: NEVER_MS }),
    });
    await crew.start(ctx);
    await crew.reload(maker(), { ctx, generation: 2 });
    expect(shown(crew)).toEqual([
      'http-1 RUNNING 2',
      'http-1 STOPPING 1',
      'http-2 RUNNING 2',
      'http-2 STOPPING 1',
    ]);
    crew.killAll();
    await crew.stop(ctx);
  });

  test.each([
    ['does not get ready', { fails: 'syntax error' }, 'syntax error'],
    ['dies before it has settled', { exits: 3 }, 'exit status 3'],
  ])('leaves the crew as it was when the first new worker %s', async (_, behaviour, message) => {
    const { maker, actors, events } = stage();
    const crew = supervisor.openCrew({ size: 2, maker: maker() });
    await crew.start(ctx);
    const before = crew.status();
    const reloading = crew.reload(maker(behaviour, { settleMs: NEVER_MS }), { ctx, generation: 2 });
    await expect(reloading).rejects.toThrow(message);
    expect(crew.status()).toMatchObject(
      before.map(({ name, pid }) => ({ name, pid, state: 'RUNNING', generation: 1, restarts: 0 })),
    );
    expect([crew.status().length, crew.generation, actors.length]).toEqual([2, 1, 3]);
    expect(typesOf(events)).not.toContain('WORKER_BACKING_OFF');
    await crew.stop(ctx);
  });

  test('starts the old generation again where it had left when a later one fails', async () => {
    const { maker } = stage();
    const crew = supervisor.openCrew({ size: 2, maker: maker() });
    await crew.start(ctx);
    const second = crew.status()[1]?.pid;
    const bad = maker({ fails: 'the second one fails' });
    const reloading = crew.reload((slot) => (slot.name === 'http-1' ? maker() : bad)(slot), {
      ctx,
      generation: 2,
    });
    await expect(reloading).rejects.toThrow('the second one fails');
    await until('the new one to go', () => crew.status().length === 2);
    expect(shown(crew)).toEqual(['http-1 RUNNING 1', 'http-2 RUNNING 1']);
    expect(crew.status()[1]?.pid).toBe(second);
    await crew.reload(maker(), { ctx, generation: 7 });
    expect(crew.generation).toBe(7);
    await crew.stop(ctx);
  });

  test('keeps a new worker where the old generation does not start any more', async () => {
    const { maker, event } = stage();
    let isBroken = false;
    const old = maker();
    const crew = supervisor.openCrew({
      size: 2,
      maker: (slot) => (isBroken ? maker({ fails: 'the old code has gone' }) : old)(slot),
    });
    await crew.start(ctx);
    isBroken = true;
    const bad = maker({ fails: 'the second one fails' });
    const reloading = crew.reload((slot) => (slot.name === 'http-1' ? maker() : bad)(slot), {
      ctx,
      generation: 2,
    });
    await expect(reloading).rejects.toThrow('the second one fails');
    const failure = await event('ROLLBACK_FAILED');
    expect(supervisor.describeEvent(failure)).toContain('the old code has gone');
    await until('the others to go', () => crew.status().length === 2);
    expect(shown(crew)).toEqual(['http-1 RUNNING 2', 'http-2 RUNNING 1']);
    await crew.stop(ctx);
  });

  test('is rolled back when its context ends', async () => {
    const { maker, event } = stage();
    const crew = supervisor.openCrew({ size: 2, maker: maker() });
    await crew.start(ctx);
    using reloading = context.withCancel(ctx);
    const hanging = maker({ waits: true });
    const next = crew.reload((slot) => (slot.name === 'http-1' ? maker() : hanging)(slot), {
      ctx: reloading,
      generation: 2,
    });
    const failure = failureOf(next);
    await event('WORKER_STARTED', 'http-2', 2);
    reloading.cancel();
    expect(await failure).toMatchObject({ code: 'CANCELED' });
    await until('the others to go', () => crew.status().length === 2);
    expect(shown(crew)).toEqual(['http-1 RUNNING 1', 'http-2 RUNNING 1']);
    await crew.stop(ctx);
  });

  test('is cancelled by a stop, and nobody is started any more', async () => {
    const { maker, event, actors } = stage();
    const crew = supervisor.openCrew({ size: 2, maker: maker() });
    await crew.start(ctx);
    const hanging = maker({ waits: true });
    const next = crew.reload((slot) => (slot.name === 'http-1' ? maker() : hanging)(slot), {
      ctx,
      generation: 2,
    });
    const failure = failureOf(next);
    await event('WORKER_STARTED', 'http-2', 2);
    await crew.stop(ctx);
    expect(await failure).toMatchObject({ code: 'CANCELED' });
    expect(actors).toHaveLength(4);
    expect(crew.isHealthy).toBe(false);
  });

  test('lets a scale wait for its end', async () => {
    const { maker, actor, event } = stage();
    const crew = supervisor.openCrew({ size: 1, maker: maker() });
    await crew.start(ctx);
    const reloading = crew.reload(maker({ waits: true }), { ctx, generation: 2 });
    await event('WORKER_STARTED', 'http-1', 2);
    const scaling = crew.scale(2);
    expect(crew.status().map(({ name }) => name)).toEqual(['http-1', 'http-1']);
    actor('http-1').tell('ready');
    await reloading;
    await event('WORKER_STARTED', 'http-2');
    actor('http-2').tell('ready');
    await scaling;
    await until('the old one to go', () => crew.status().length === 2);
    expect(shown(crew)).toEqual(['http-1 RUNNING 2', 'http-2 RUNNING 2']);
    await crew.stop(ctx);
  });

  test('does not restart an old one that dies while the new one of its slot serves', async () => {
    const { maker, actor, event, actors } = stage();
    const crew = supervisor.openCrew({ size: 1, maker: maker() });
    await crew.start(ctx);
    const old = actor('http-1');
    const reloading = crew.reload(maker({}, { settleMs: 2000 }), { ctx, generation: 2 });
    await event('WORKER_READY', 'http-1', 2);
    old.tell('exit', 1);
    await old.exited;
    await reloading;
    expect([shown(crew), actors.length]).toEqual([['http-1 RUNNING 2'], 2]);
    await crew.stop(ctx);
  });

  test('that fails revives an old one that died meanwhile', async () => {
    const { maker, actor, event } = stage();
    const crew = supervisor.openCrew({ size: 1, maker: maker() });
    await crew.start(ctx);
    const old = actor('http-1');
    const reloading = crew.reload(maker({}, { settleMs: NEVER_MS }), { ctx, generation: 2 });
    const failure = failureOf(reloading);
    await event('WORKER_READY', 'http-1', 2);
    const young = actor('http-1');
    old.tell('exit', 1);
    await event('WORKER_ENDED', 'http-1');
    young.tell('exit', 9);
    expect(await failure).toMatchObject({ message: expect.stringContaining('exit status 9') });
    await event('WORKER_READY', 'http-1', 3);
    expect(shown(crew)).toEqual(['http-1 RUNNING 1']);
    await crew.stop(ctx);
  });

  test('fails as its maker does', async () => {
    const { maker } = stage();
    const crew = supervisor.openCrew({ size: 1, maker: maker() });
    await crew.start(ctx);
    const next = (): never => {
      throw new Error('no such folder');
    };
    await expect(crew.reload(next, { ctx, generation: 2 })).rejects.toThrow('no such folder');
    expect(shown(crew)).toEqual(['http-1 RUNNING 1']);
    await crew.stop(ctx);
  });
});
