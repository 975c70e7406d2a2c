import { describe, expect, test } from 'vitest';

import { until } from '../../test/support/index.js';
import * as context from '../context/index.js';
import * as supervisor from './index.js';
import { shown, stage } from './testing/index.js';

const ctx = context.background();

describe('scale()', () => {
  test('opens slots of the lowest free numbers, and retires the oldest', async () => {
    const { maker } = stage();
    const crew = supervisor.openCrew({ size: 2, maker: maker() });
    await crew.start(ctx);
    const growing = crew.scale(3);
    expect(crew.size).toBe(3);
    await growing;
    expect(shown(crew)).toEqual(['http-1 RUNNING 1', 'http-2 RUNNING 1', 'http-3 RUNNING 1']);
    await crew.scale(2);
    expect(shown(crew)[0]).toBe('http-1 STOPPING 1');
    await until('its end', () => crew.status().length === 2);
    await crew.scale(3);
    expect(shown(crew)).toEqual(['http-1 RUNNING 1', 'http-2 RUNNING 1', 'http-3 RUNNING 1']);
    await crew.stop(ctx);
  });

  test('never goes below one', async () => {
    const { maker } = stage();
    const crew = supervisor.openCrew({ size: 0, maker: maker() });
    await crew.start(ctx);
    await crew.scale(-3);
    expect([crew.size, shown(crew)]).toEqual([1, ['http-1 RUNNING 1']]);
    await crew.stop(ctx);
  });

  test('that fails rejects with the own error of the worker, and leaves the crew as it was', async () => {
    const { maker } = stage();
    const bad = maker({ fails: 'no memory left' });
    const crew = supervisor.openCrew({
      size: 1,
      maker: (slot) => (slot.name === 'http-1' ? maker() : bad)(slot),
    });
    await crew.start(ctx);
    await expect(crew.scale(3)).rejects.toThrow('no memory left');
    await until('the others to go', () => crew.status().length === 1);
    expect([crew.size, shown(crew)]).toEqual([1, ['http-1 RUNNING 1']]);
    await crew.stop(ctx);
  });

  test('starts a batch at a time, the next when those before are ready', async () => {
    const { maker, actor, actors, event } = stage();
    const crew = supervisor.openCrew({
      size: 1,
      concurrency: 2,
      maker: (slot) => maker({ waits: slot.name !== 'http-1' })(slot),
    });
    await crew.start(ctx);
    const growing = crew.scale(4);
    await event('WORKER_STARTED', 'http-3');
    expect(actors).toHaveLength(3);
    actor('http-3').tell('ready');
    await event('WORKER_READY', 'http-3');
    expect(actors).toHaveLength(3);
    actor('http-2').tell('ready');
    await event('WORKER_STARTED', 'http-4');
    actor('http-4').tell('ready');
    await growing;
    expect(shown(crew)).toEqual([1, 2, 3, 4].map((number) => `http-${number} RUNNING 1`));
    await crew.stop(ctx);
  });

  test('takes all batches back when a later one fails', async () => {
    const { maker } = stage();
    const bad = maker({ fails: 'no memory left' });
    const crew = supervisor.openCrew({
      size: 1,
      concurrency: 1,
      maker: (slot) => (slot.name === 'http-3' ? bad : maker())(slot),
    });
    await crew.start(ctx);
    await expect(crew.scale(4)).rejects.toThrow('no memory left');
    await until('the others to go', () => crew.status().length === 1);
    expect([crew.size, shown(crew)]).toEqual([1, ['http-1 RUNNING 1']]);
    await crew.stop(ctx);
  });

  test('gives way to a later one between two batches', async () => {
    const { maker, actors, event } = stage();
    const crew = supervisor.openCrew({
      size: 1,
      concurrency: 1,
      maker: (slot) => maker({ waits: slot.name !== 'http-1' })(slot),
    });
    await crew.start(ctx);
    const growing = crew.scale(4);
    await event('WORKER_STARTED', 'http-2');
    await crew.scale(1);
    await growing;
    await until('the other to go', () => crew.status().length === 1);
    expect([crew.size, shown(crew), actors.length]).toEqual([1, ['http-1 RUNNING 1'], 2]);
    await crew.stop(ctx);
  });
});
