/** What happens to the supervisor. */

import { childrenOf, isRunning, send } from './process.js';
import { expectOutcome } from './scene.js';
import type { Fault, Scene } from './scene.js';
import { Violation, mustHold, waitFor } from './violation.js';

export const SUPERVISOR_FAULTS: readonly Fault[] = [
  {
    name: 'the supervisor is killed and started again',
    async run(scene) {
      const isOver = scene.ledger.outage('killed');
      send(scene.before.pid, 'SIGKILL');
      if (scene.random.chance(50)) await scene.pause(0, 1_000);
      await restarted(scene);
      isOver();
    },
  },
  {
    name: 'the supervisor is killed during a reload and started again',
    isLong: true,
    async run(scene) {
      scene.deploy();
      const isOver = scene.ledger.outage('killed');
      const reload = scene.site.run('reload');
      await scene.pause(100, 1_500);
      send(scene.before.pid, 'SIGKILL');
      expectOutcome(await reload, [0, 1]);
      await restarted(scene);
      isOver();
    },
  },
  {
    name: 'a stop comes during a reload, then a start',
    isLong: true,
    async run(scene) {
      scene.deploy();
      const reload = scene.site.run('reload');
      await scene.pause(100, 1_500);
      const isOver = scene.ledger.outage('stopped');
      await stopped(scene);
      expectOutcome(await reload, [0, 1]);
      await restarted(scene);
      isOver();
    },
  },
  {
    name: 'a stop comes while a new application is never ready, then a start',
    async run(scene) {
      scene.site.break('is never ready');
      const reload = scene.site.run('reload');
      await waitFor('the reload', async () => (await scene.site.status())?.phase === 'reloading');
      scene.site.mend();
      const isOver = scene.ledger.outage('stopped');
      await stopped(scene);
      expectOutcome(await reload, [1]);
      await restarted(scene);
      isOver();
    },
  },
  {
    name: 'a successor takes over',
    async run(scene) {
      scene.deploy();
      await handedOver(scene);
    },
  },
  {
    name: 'a successor takes over during a reload',
    isLong: true,
    async run(scene) {
      scene.deploy();
      const reload = scene.site.run('reload');
      await scene.pause(0, 1_000);
      scene.deploy();
      await handedOver(scene);
      expectOutcome(await reload, [0]);
    },
  },
  {
    name: 'a successor fails',
    run(scene) {
      const breakage = scene.random.pick(['syntax', 'throws', 'dies when ready'] as const);
      scene.note(breakage);
      return scene.whileBroken(breakage, async () => {
        const outcome = await scene.reloaded(scene.signal('SIGUSR2'));
        mustHold(outcome.startsWith('failed'), () => `A broken successor gave "${outcome}".`);
        await scene.command(['restart'], 1);
      });
    },
  },
  {
    name: 'the supervisor is killed while a successor starts',
    isLong: true,
    async run(scene) {
      scene.deploy();
      const isOver = scene.ledger.outage('killed');
      scene.signal('SIGUSR2');
      await scene.pause(100, 2_500);
      send(scene.before.pid, 'SIGKILL');
      await waitFor('its end', () => !isRunning(scene.before.pid));
      await revived(scene);
      isOver();
    },
  },
  {
    name: 'a successor is killed while it starts',
    async run(scene) {
      const atMs = scene.signal('SIGUSR2');
      const successor = await waitFor('the successor', () => successorOf(scene));
      await scene.pause(0, 1_000);
      // It may serve already, and what it had is lost then; so is what its workers have.
      for (const pid of [successor, ...childrenOf(successor)]) scene.ledger.harm(pid);
      send(successor, 'SIGKILL');
      const outcome = await scene.reloaded(atMs);
      mustHold(outcome.startsWith('failed'), () => `A killed successor gave "${outcome}".`);
      mustHold(scene.workers.every(isRunning), () => 'A worker of the old supervisor has gone.');
    },
  },
  {
    name: 'the supervisor is suspended for longer than a worker may be silent',
    isLong: true,
    async run(scene) {
      scene.signal('SIGSTOP');
      try {
        await scene.pause(7_000, 9_000);
      } finally {
        scene.signal('SIGCONT');
      }
      await scene.command(['status'], 0);
      await scene.pause(1_000, 2_000);
      mustHold(scene.workers.every(isRunning), () => 'A worker was taken for stuck.');
    },
  },
  {
    name: 'many commands come at once',
    isLong: true,
    async run(scene) {
      scene.deploy();
      const words = scene.random.shuffle([
        ['reload'],
        ['restart'],
        ['reload', '--json'],
        ['status', '--json'],
        ['restart', '--json'],
      ]);
      const outcomes = await Promise.all(words.map((args) => scene.site.run(...args)));
      for (const outcome of outcomes) expectOutcome(outcome, [0]);
      await scene.succeeded();
    },
  },
];

/** The process that is to take over; undefined while there is none. */
function successorOf({ site, before, workers }: Scene): number | undefined {
  return childrenOf(before.pid).find(
    (pid) => !workers.includes(pid) && site.processes.includes(pid),
  );
}

/** Stops the service by command or by TERM; nothing is left of it. */
async function stopped(scene: Scene): Promise<void> {
  const how = scene.random.pick(['rodent stop', 'SIGTERM']);
  scene.note(`by ${how}`);
  if (how === 'SIGTERM') scene.signal('SIGTERM');
  else await scene.command(['stop'], 0, /Stopped process/);
  await waitFor('everybody to end', () => scene.site.processes.length === 0);
  await scene.command(['status'], 3);
}

async function restarted(scene: Scene): Promise<void> {
  const starters = scene.random.pick([1, 1, 1, 3]);
  if (starters > 1) scene.note(`${starters} starts at once`);
  await scene.start(starters);
}

/** Has a successor take over, by signal or by command. */
async function handedOver(scene: Scene): Promise<void> {
  const how = scene.random.pick(['USR2', 'rodent restart']);
  scene.note(`by ${how}`);
  if (how === 'USR2') scene.signal('SIGUSR2');
  else await scene.command(['restart'], 0, /process \d+ serves now/);
  await scene.succeeded();
}

/** Starts the service until it runs: a successor may have taken over, or given up. */
async function revived(scene: Scene): Promise<void> {
  const words = new Set<string>();
  await waitFor('a service', async () => {
    const outcome = await scene.site.run('serve', '-d');
    words.add(`${outcome.code}: ${outcome.stderr}`);
    expectOutcome(outcome, [0, 1]);
    scene.supervisor = outcome.code === 0 ? 'started' : 'successor';
    return outcome.code === 0 || (await scene.site.status()) !== undefined;
  }).catch((error: unknown) => {
    throw new Violation(`Nobody serves: ${[...words].join('\n')}`, { cause: error });
  });
}
