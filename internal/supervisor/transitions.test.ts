import { describe, expect, test } from 'vitest';

import type * as child from '../child/index.js';
import type { WorkerOptions } from './index.js';
import * as supervisor from './index.js';
import type { Behaviour, Stage } from './testing/index.js';
import { stage } from './testing/index.js';
import { StateMachine } from './transitions.js';

const STATES = Object.keys(supervisor.TRANSITIONS) as child.State[];
const PAIRS = STATES.flatMap((from) => STATES.map((to) => [from, to] as const));
const isAllowed = ([from, to]: readonly [child.State, child.State]): boolean =>
  supervisor.TRANSITIONS[from].includes(to);

/** Longer than any test takes: nothing settles by itself. */
const NEVER_MS = 600_000;

interface Scene {
  readonly behaviours?: readonly Behaviour[];
  readonly more?: Partial<WorkerOptions>;
  /** What happens after the start. */
  act?(worker: supervisor.Worker, stage: Stage): unknown;
}

const touchless = { isUntouchable: true };

/** For each move of the table, how a worker with a real process comes to make it. */
const SCENES: Readonly<Record<string, Scene>> = {
  'STOPPED STARTING': {},
  'STARTING RUNNING': {},
  'STARTING BACKOFF': { behaviours: [{ exitsEarly: 0 }, {}] },
  'STARTING FATAL': { behaviours: [{ exitsEarly: 78 }] },
  'STARTING STOPPING': { behaviours: [{ waits: true }], act: (worker) => worker.stop() },
  'STARTING UNKNOWN': {
    behaviours: [{ waits: true, ...touchless }],
    more: { startTimeoutMs: 20 },
  },
  'RUNNING EXITED': { act: exit(0) },
  'RUNNING BACKOFF': { more: { settleMs: NEVER_MS }, act: exit(0) },
  'RUNNING FATAL': { act: exit(125) },
  'RUNNING STOPPING': { act: stopWhenSettled },
  'RUNNING UNKNOWN': { behaviours: [touchless], act: killWhenSettled },
  'BACKOFF STARTING': { behaviours: [{ exitsEarly: 1 }, {}] },
  'BACKOFF STOPPED': {
    behaviours: [{ exitsEarly: 1 }],
    more: { backoff: { firstMs: NEVER_MS } },
    act: async (worker, { event }) => {
      await event('WORKER_BACKING_OFF');
      await worker.stop();
    },
  },
  'STOPPING STOPPED': { act: stopWhenSettled },
  'STOPPING UNKNOWN': { behaviours: [touchless], act: stopWhenSettled },
  'EXITED STARTING': { more: { autorestart: 'always' }, act: exit(0) },
  'EXITED BACKOFF': { more: { autorestart: 'always', backoff: { threshold: 0.5 } }, act: exit(0) },
  'FATAL STARTING': {
    behaviours: [{ exitsEarly: 78 }, {}],
    act: async (worker, { event }) => {
      await event('WORKER_GAVE_UP');
      worker.start();
    },
  },
  'UNKNOWN STOPPED': {
    behaviours: [touchless],
    act: async (worker, { actor }) => {
      await stopWhenSettled(worker);
      actor('it').tell('exit', 0);
    },
  },
  'UNKNOWN EXITED': {
    behaviours: [touchless],
    act: async (worker, { actor }) => {
      await killWhenSettled(worker);
      actor('it').tell('exit', 0);
    },
  },
  'UNKNOWN STOPPING': {
    behaviours: [touchless],
    act: async (worker) => {
      await killWhenSettled(worker);
      void worker.stop();
    },
  },
};

function exit(code: number): NonNullable<Scene['act']> {
  return async (worker, { actor }) => {
    await worker.whenReady();
    // Where it settles at all it does so at once.
    if (worker.place.settings.settleMs < NEVER_MS) await worker.whenSettled();
    actor('it').tell('exit', code);
  };
}

async function stopWhenSettled(worker: supervisor.Worker): Promise<void> {
  await worker.whenSettled();
  void worker.stop();
}

async function killWhenSettled(worker: supervisor.Worker): Promise<void> {
  await worker.whenSettled();
  worker.kill('the test says so');
}

describe('a worker', () => {
  test.each(PAIRS.filter(isAllowed))('goes from %s to %s', async (from, to) => {
    const here = stage();
    const { behaviours, more, act } = SCENES[`${from} ${to}`] ?? {};
    const worker = supervisor.create(here.worker('it', behaviours, more));
    worker.start();
    await act?.(worker, here);
    const isSeen = (): boolean =>
      here.events.some(
        (event) => event.type === 'STATE_CHANGED' && event.from === from && event.to === to,
      );
    await here.event('STATE_CHANGED');
    await expect.poll(isSeen, { timeout: 30_000 }).toBe(true);
    for (const actor of here.actors) actor.signal('SIGKILL', { group: true });
    void worker.stop();
  });

  test.each(PAIRS.filter((pair) => !isAllowed(pair)))('refuses to go from %s to %s', (from, to) => {
    const moves: child.State[] = [];
    const machine = new StateMachine(from, (_, state) => moves.push(state));
    expect(() => machine.move(to)).toThrow(`A worker cannot go from ${from} to ${to}.`);
    expect([machine.state, moves]).toEqual([from, []]);
  });
});
