import { describe, expect, test } from 'vitest';

import * as supervisor from './index.js';
import { stage, typesOf } from './testing/index.js';

/** Longer than any test takes. */
const NEVER_MS = 600_000;

describe('a start that fails', () => {
  test('is tried again, startRetries times, and is FATAL then, with the error of the process', async () => {
    const { worker, events, event } = stage();
    const it = supervisor.create(
      worker('it', [{ fails: 'the port is taken' }], {
        startRetries: 2,
        backoff: { firstMs: 1, lastMs: 4, random: () => 0 },
      }),
    );
    it.start();
    await expect(it.whenReady()).rejects.toThrow('the port is taken');
    const { error } = await event('WORKER_GAVE_UP');
    expect(error.message).toBe('the port is taken');
    expect(it.error).toBe(error);
    expect(it.status()).toMatchObject({ state: 'FATAL', restarts: 2 });
    expect(typesOf(events).filter((type) => type === 'WORKER_STARTED')).toHaveLength(3);
    expect(events.flatMap((one) => (one.type === 'WORKER_BACKING_OFF' ? one.attempt : []))).toEqual(
      [1, 2],
    );
  });

  test.each([
    ['a start() that throws', 'no such folder'],
    ['a program that is missing', 'ENOENT'],
  ])('may be %s', async (what, message) => {
    const { worker, event } = stage();
    const options = worker('it', [{ isMissing: true }], { startRetries: 0 });
    const start = (): never => {
      throw new Error('no such folder');
    };
    const it = supervisor.create(what.startsWith('a start()') ? { ...options, start } : options);
    it.start();
    await expect(it.whenReady()).rejects.toThrow(message);
    expect((await event('WORKER_GAVE_UP')).reason).toContain(message);
    expect(it.status().lastEnd?.reason).toContain(message);
  });

  test('may be an end with status 0 before it had settled', async () => {
    const { worker, event } = stage();
    const it = supervisor.create(
      worker('it', [{ exits: 0 }], { settleMs: NEVER_MS, startRetries: 0 }),
    );
    it.start();
    expect((await event('WORKER_GAVE_UP')).reason).toBe('exit status 0');
  });

  test('counts anew after one that settled', async () => {
    const { worker, actor, event } = stage();
    const backoff = { firstMs: 1, lastMs: 1 };
    const behaviours = [{ exitsEarly: 1 }, {}, { exitsEarly: 1 }, {}];
    const it = supervisor.create(worker('it', behaviours, { startRetries: 1, backoff }));
    it.start();
    await event('WORKER_READY');
    await it.whenSettled();
    actor('it').tell('exit', 1);
    await event('WORKER_READY', 'it', 2);
    expect(it.status()).toMatchObject({ state: 'RUNNING', restarts: 3 });
    await it.stop();
  });

  test('names the last error among the words of the process', async () => {
    const { worker } = stage();
    const words = 'app.mjs:3\nTypeError: x is not a function\n    at app.mjs:3\nNode.js v20.20.0';
    const it = supervisor.create(worker('it', [{ words, exitsEarly: 1 }], { startRetries: 0 }));
    it.start();
    await expect(it.whenReady()).rejects.toThrow(
      'The worker "it" did not start: exit status 1. It said: TypeError: x is not a function',
    );
  });

  test.each([78, 125])('with exit status %i is not tried again', async (code) => {
    const { worker, actors, event } = stage();
    const it = supervisor.create(worker('it', [{ exitsEarly: code }]));
    it.start();
    expect((await event('WORKER_GAVE_UP')).reason).toBe(`exit status ${code}`);
    expect(actors).toHaveLength(1);
  });
});

describe('an end of its own accord', () => {
  test.each([
    ['always', 0, 'RUNNING'],
    ['always', 1, 'RUNNING'],
    ['unexpected', 0, 'EXITED'],
    ['unexpected', 3, 'EXITED'],
    ['unexpected', 1, 'RUNNING'],
    ['never', 1, 'EXITED'],
  ] as const)('with autorestart %s and status %i leads to %s', async (autorestart, code, state) => {
    const { worker, actor, event } = stage();
    const it = supervisor.create(worker('it', [{}], { autorestart, exitCodes: [0, 3] }));
    it.start();
    await it.whenSettled();
    actor('it').tell('exit', code);
    await event('WORKER_ENDED');
    if (state === 'RUNNING') await event('WORKER_READY', 'it', 2);
    expect(it.state).toBe(state);
    expect(it.status().lastEnd?.reason).toBe(`exit status ${code}`);
    await it.stop();
  });

  test('too often has to wait, longer each time', async () => {
    const { worker, actor, event } = stage();
    const backoff = { firstMs: 10, lastMs: 40, steps: 2, threshold: 2.5, random: () => 0 };
    const it = supervisor.create(worker('it', [{}], { backoff, autorestart: 'always' }));
    it.start();
    for (let count = 1; count <= 4; count += 1) {
      await event('WORKER_READY', 'it', count);
      await it.whenSettled();
      actor('it').tell('exit', 1);
      await event('WORKER_ENDED', 'it', count);
    }
    const delays = await Promise.all(
      [1, 2].map(async (count) => (await event('WORKER_BACKING_OFF', 'it', count)).delayMs),
    );
    expect(delays).toEqual([10, 20]);
    await it.stop();
  });

  test('by SIGKILL is perhaps the want of memory', async () => {
    const { worker, actor, event } = stage();
    const it = supervisor.create(worker('it'));
    it.start();
    await it.whenSettled();
    actor('it').signal('SIGKILL');
    const ended = await event('WORKER_ENDED');
    expect(ended).toMatchObject({ reason: 'SIGKILL (perhaps out of memory)', wasAsked: false });
    expect(supervisor.describeEvent(ended)).toBe(
      `Worker "it" (process ${ended.pid}) ended: SIGKILL (perhaps out of memory).`,
    );
    await it.stop();
  });

  test('with a full heap is told from its words', async () => {
    const { worker, actor, event } = stage();
    const it = supervisor.create(worker('it', [{}], { autorestart: 'never' }));
    it.start();
    await it.whenSettled();
    actor('it').tell('abort');
    const { reason, signal, words } = await event('WORKER_ENDED');
    expect(reason).toBe('out of memory: Reached heap limit - JavaScript heap out of memory');
    expect(signal).toBe('SIGABRT');
    expect(words.join()).toContain('FATAL ERROR');
  });
});
