import { describe, expect, test } from 'vitest';

import { until } from '../../test/support/index.js';
import * as context from '../context/index.js';
import type { Crew } from './index.js';
import * as supervisor from './index.js';
import { shown, stage } from './testing/index.js';

const ctx = context.background();

function pidOf(crew: Crew, name: string): number | undefined {
  return crew.status().find((status) => status.name === name)?.pid;
}

describe('a spare', () => {
  test('takes over at a death, and another is booted', async () => {
    const { maker, actor, event } = stage();
    const crew = supervisor.openCrew({ size: 1, maker: maker(), spares: 1 });
    await crew.start(ctx);
    await event('WORKER_READY', 'spare-1');
    expect(crew.status().map(({ name, isSpare }) => [name, isSpare])).toEqual([
      ['http-1', false],
      ['spare-1', true],
    ]);
    const spare = actor('spare-1');
    const since = crew.status()[1]?.since;
    actor('http-1').tell('exit', 1);
    await event('SPARE_PROMOTED', 'http-1');
    expect([pidOf(crew, 'http-1'), spare.activeAs]).toEqual([spare.pid, 'http-1']);
    expect(crew.status()[0]).toMatchObject({
      state: 'RUNNING',
      since,
      restarts: 1,
      isSpare: false,
      lastEnd: { reason: 'exit status 1' },
    });
    await event('WORKER_READY', 'spare-1', 2);
    // It is a worker as any other now: what follows it is a spare again.
    spare.tell('exit', 1);
    await event('SPARE_PROMOTED', 'http-1', 2);
    await crew.stop(ctx);
  });

  test('follows the generation', async () => {
    const { maker, event } = stage();
    const crew = supervisor.openCrew({ size: 1, maker: maker(), spares: 1 });
    await crew.start(ctx);
    await crew.reload(maker(), { ctx, generation: 2 });
    await event('WORKER_READY', 'spare-1');
    await until('the exchange', () => shown(crew).join() === 'http-1 RUNNING 2,spare-1 RUNNING 2');
    await crew.stop(ctx);
  });

  test('takes over from one that leaves', async () => {
    const { maker, actor, event } = stage();
    const crew = supervisor.openCrew({ size: 1, maker: maker(), spares: 1 });
    await crew.start(ctx);
    await event('WORKER_READY', 'spare-1');
    actor('http-1').tell('leave', 'SIGTERM by hand');
    await event('SPARE_PROMOTED', 'http-1');
    await until('the end of the other', () => crew.status()[0]?.lastEnd !== undefined);
    expect(crew.status()[0]).toMatchObject({
      state: 'RUNNING',
      lastEnd: { reason: 'left: SIGTERM by hand' },
    });
    await crew.stop(ctx);
  });

  test('that dies is started again as a spare', async () => {
    const { maker, actor, event } = stage();
    const crew = supervisor.openCrew({ size: 1, maker: maker(), spares: 1 });
    await crew.start(ctx);
    await event('WORKER_READY', 'spare-1');
    actor('spare-1').tell('exit', 1);
    await event('WORKER_READY', 'spare-1', 2);
    expect(shown(crew)).toEqual(['http-1 RUNNING 1', 'spare-1 RUNNING 1']);
    await crew.stop(ctx);
  });
});
