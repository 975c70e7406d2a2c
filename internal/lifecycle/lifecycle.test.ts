import { describe, expect, test } from 'vitest';

import type { LifecycleEvent, Phase } from './index.js';
import * as lifecycle from './index.js';

const BY_TEST = { kind: 'request', by: 'the test' } as const;

/** A lifecycle whose events are kept. */
function create(options: lifecycle.LifecycleOptions = {}): {
  readonly life: lifecycle.Lifecycle;
  readonly events: LifecycleEvent[];
} {
  const events: LifecycleEvent[] = [];
  const life = lifecycle.create({ observe: (event) => events.push(event), ...options });
  return { life, events };
}

function phases(events: readonly LifecycleEvent[]): Phase[] {
  return events.flatMap((event) => (event.type === 'PHASE_CHANGED' ? [event.to] : []));
}

describe('phases', () => {
  test('a life goes from starting over ready, draining and stopping to stopped', async () => {
    const { life, events } = create();
    expect(life.phase).toBe('starting');
    life.ready();
    expect(life.phase).toBe('ready');
    await life.shutdown(BY_TEST);
    expect(life.phase).toBe('stopped');
    expect(phases(events)).toEqual(['ready', 'draining', 'stopping', 'stopped']);
  });

  test('each change from draining on carries the cause', async () => {
    const { life, events } = create();
    life.ready();
    await life.shutdown(BY_TEST);
    const causes = events.flatMap((event) => (event.type === 'PHASE_CHANGED' ? [event.cause] : []));
    expect(causes).toEqual([undefined, BY_TEST, BY_TEST, BY_TEST]);
  });

  test('readiness fails in the very call of shutdown()', () => {
    const { life } = create();
    life.ready();
    expect(life.isReady).toBe(true);
    void life.shutdown(BY_TEST);
    expect(life.isReady).toBe(false);
    expect(life.phase).toBe('draining');
    return life.whenStopped;
  });

  test('a service is ready while it reloads', async () => {
    const { life } = create();
    let isReady = false;
    life.onReload('look', () => {
      isReady = life.isReady && life.phase === 'reloading';
    });
    life.ready();
    await life.reload();
    expect(isReady).toBe(true);
    expect(life.phase).toBe('ready');
  });

  test('ready() counts once, and not at all after shutdown()', async () => {
    const { life, events } = create();
    life.ready();
    life.ready();
    const stopped = life.shutdown(BY_TEST);
    life.ready();
    await stopped;
    life.ready();
    expect(phases(events)).toEqual(['ready', 'draining', 'stopping', 'stopped']);
  });

  test('a shutdown before the process is ready runs the hooks registered so far', async () => {
    const { life, events } = create();
    const ran: string[] = [];
    life.registerShutdownHook('first', () => ran.push('first'));
    life.registerShutdownHook('second', () => ran.push('second'));
    const report = await life.shutdown(BY_TEST);
    expect(ran).toEqual(['second', 'first']);
    expect(report.exitCode).toBe(0);
    expect(phases(events)).toEqual(['draining', 'stopping', 'stopped']);
  });
});

describe('the observer', () => {
  test.each([
    [
      'throws',
      () => {
        throw new Error('observer');
      },
    ],
    ['rejects', () => Promise.reject(new Error('observer'))],
  ])('one that %s hurts nothing', async (_, observe) => {
    const life = lifecycle.create({ observe });
    let ran = false;
    life.registerShutdownHook('hook', () => (ran = true));
    life.ready();
    await life.reload();
    const report = await life.shutdown(BY_TEST);
    expect(report.exitCode).toBe(0);
    expect(ran).toBe(true);
  });

  test('it may stop the process from inside an event', async () => {
    const life = lifecycle.create({
      observe: (event) => {
        if (event.type === 'PHASE_CHANGED' && event.to === 'ready') void life.shutdown(BY_TEST);
      },
    });
    life.ready();
    expect((await life.whenStopped).cause).toBe(BY_TEST);
  });

  test('it may end the wait from inside an event', async () => {
    let ran = false;
    const life = lifecycle.create({
      observe: (event) => {
        if (event.type === 'PHASE_CHANGED' && event.to === 'draining') life.force(BY_TEST);
      },
    });
    life.registerShutdownHook('never', () => (ran = true));
    const report = await life.shutdown(BY_TEST);
    expect(report.forcedBy).toBe(BY_TEST);
    expect(ran).toBe(false);
    expect(life.phase).toBe('stopped');
  });
});
