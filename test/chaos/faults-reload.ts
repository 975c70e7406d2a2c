/** What happens to the code, the configuration and the number of workers. */

import { setTimeout as sleep } from 'node:timers/promises';

import type { Breakage } from './app.js';
import { expectOutcome } from './scene.js';
import type { Fault, Scene } from './scene.js';
import { WORKERS } from './site.js';
import { mustHold, waitFor } from './violation.js';

export const RELOAD_FAULTS: readonly Fault[] = [
  {
    name: 'a reload brings new code',
    async run(scene) {
      scene.deploy();
      const { stdout } = await scene.command(['reload'], 0, /workers of generation \d+/);
      await expectGeneration(scene, stdout);
    },
  },
  {
    name: 'a storm of HUP brings one version after the other',
    async run(scene) {
      let lastMs = 0;
      const signals = scene.random.between(3, 30);
      scene.note(`${signals} signals`);
      for (let n = 0; n < signals; n += 1) {
        if (n === signals - 1 || scene.random.chance(30)) scene.deploy();
        lastMs = scene.signal('SIGHUP');
        await sleep(scene.random.between(0, 60));
      }
      const outcome = await scene.reloaded(lastMs);
      mustHold(outcome.startsWith('by 2 workers'), () => `The storm ended with "${outcome}".`);
    },
  },
  {
    name: 'the configuration is broken',
    async run(scene) {
      scene.site.configure({ 'http.port': 'ninety' });
      try {
        const outcome = await scene.reloaded(scene.signal('SIGHUP'));
        mustHold(/ninety/.test(outcome), () => `A broken configuration gave "${outcome}".`);
        await scene.command(['reload'], 1, /rodent\.conf:\d+/);
      } finally {
        scene.site.configure();
      }
    },
  },
  broken('syntax', /SyntaxError|Unexpected/),
  { ...broken('throws', /broken on purpose/), isLong: true },
  { ...broken('says nothing', /no default export/), isLong: true },
  broken('dies when ready', /exit status 9/),
  { ...broken('is never ready', /ready/), isLong: true },
  {
    name: 'a worker is killed during a reload',
    async run(scene) {
      scene.deploy();
      const reload = scene.site.run('reload');
      await scene.pause(100, 1_500);
      const { workers = [] } = (await scene.site.status()) ?? {};
      const pids = workers.flatMap(({ pid }) => pid ?? []);
      if (pids.length > 0) scene.kill(scene.random.pick(pids));
      const outcome = await reload;
      expectOutcome(outcome, [0, 1]);
      scene.note(outcome.code === 0 ? 'it succeeded' : 'it was rolled back');
      // Restarted workers load what is there, rolled back or not; the next reload makes all of them equal.
      if (outcome.code === 1) await scene.command(['reload'], 0);
    },
  },
  {
    name: 'the number of workers changes during a reload',
    async run(scene) {
      scene.deploy();
      const reload = scene.command(['reload'], 0);
      await scene.pause(0, 800);
      const size = scene.random.pick([1, 3, 4]);
      scene.note(`to ${size}`);
      await Promise.all([scene.command(['scale', String(size)], 0), reload]);
      await waitFor(`${size} workers`, async () => (await scene.site.status())?.wanted === size);
      await scene.command(['scale', String(WORKERS)], 0);
    },
  },
  {
    name: 'TTIN and TTOU change the number of workers',
    isLong: true,
    async run(scene) {
      for (const [signal, size] of [
        ['SIGTTIN', WORKERS + 1],
        ['SIGTTOU', WORKERS],
      ] as const) {
        scene.signal(signal);
        const isSo = async (): Promise<boolean> => (await scene.site.status())?.wanted === size;
        await waitFor(`${size} workers`, isSo);
      }
    },
  },
  {
    name: 'the configuration changes in place',
    isLong: true,
    async run(scene) {
      for (const settings of [{ workers: '3', 'http.bodyLimit': '2MiB' }, {}]) {
        scene.site.configure(settings);
        await scene.command(['reload'], 0, /in place|workers/);
      }
    },
  },
  {
    name: 'code and configuration change at once',
    isLong: true,
    async run(scene) {
      for (const settings of [{ workers: '3', 'workers.startRetries': '5' }, {}]) {
        scene.site.configure(settings);
        scene.deploy();
        await scene.command(['reload'], 0, /workers of generation/);
      }
    },
  },
];

/** A broken application, by HUP or by command: the old one goes on, and the reason is told. */
function broken(breakage: Breakage, says: RegExp): Fault {
  const what = breakage === 'syntax' ? 'is no module' : breakage;
  return {
    name: `a reload brings an application that ${what}`,
    run: (scene) =>
      scene.whileBroken(breakage, async () => {
        if (scene.random.chance(50)) {
          scene.note('by command');
          await scene.command(['reload'], 1, says);
        } else {
          scene.note('by HUP');
          const outcome = await scene.reloaded(scene.signal('SIGHUP'));
          mustHold(says.test(outcome), () => `The reload gave "${outcome}".`);
        }
      }),
  };
}

/** The generation is one more, and the command, the status and the workers agree on it. */
async function expectGeneration(scene: Scene, stdout: string): Promise<void> {
  const told = Number(/generation (\d+)/.exec(stdout)?.[1]);
  const { generation } = (await scene.site.status()) ?? {};
  const wanted = scene.before.generation + 1;
  mustHold(
    told === wanted && generation === wanted,
    () => `Generation ${wanted} was to come; the command says ${told}, the status ${generation}.`,
  );
}
