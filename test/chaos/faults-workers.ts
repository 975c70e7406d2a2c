/** What happens to workers. */

import { setTimeout as sleep } from 'node:timers/promises';

import type { WorkerStatus } from '../../internal/child/index.js';
import type { Harm } from './app.js';
import { isRunning, send } from './process.js';
import type { Fault, Scene } from './scene.js';
import { waitFor } from './violation.js';

export const WORKER_FAULTS: readonly Fault[] = [
  {
    name: 'a worker is killed',
    async run(scene) {
      const pid = scene.random.pick(scene.workers);
      scene.kill(pid);
      await gone(pid);
    },
  },
  {
    name: 'all workers are killed',
    isLong: true,
    async run(scene) {
      for (const pid of scene.workers) scene.kill(pid);
      await Promise.all(scene.workers.map(gone));
    },
  },
  {
    name: 'a worker is told to end by hand',
    async run(scene) {
      const pid = scene.random.pick(scene.workers);
      send(pid, 'SIGTERM');
      await gone(pid);
    },
  },
  {
    name: 'a worker ends by itself',
    run: (scene) => harm(scene, scene.random.pick(['exit', 'throw'])),
  },
  { name: 'a worker blocks its event loop', run: (scene) => harm(scene, 'spin') },
  { name: 'a worker eats memory', run: (scene) => harm(scene, 'eat') },
  {
    name: 'a worker is suspended for a while',
    async run(scene) {
      const pid = scene.random.pick(scene.workers);
      send(pid, 'SIGSTOP');
      try {
        await scene.pause(200, 3_000);
      } finally {
        send(pid, 'SIGCONT');
      }
      // It must be the same one afterwards: suspended is not stuck.
      const goesOn = async (): Promise<boolean> => {
        const { workers } = (await scene.site.status()) ?? {};
        return workers?.some((one) => one.pid === pid && !one.isSuspended) ?? false;
      };
      await waitFor('the suspended worker to go on', goesOn);
    },
  },
  {
    name: 'a suspended worker is killed',
    isLong: true,
    async run(scene) {
      const pid = scene.random.pick(scene.workers);
      send(pid, 'SIGSTOP');
      await sleep(scene.random.between(0, 500));
      scene.kill(pid);
      await gone(pid);
    },
  },
  {
    name: 'workers that answer their share are replaced, and one is killed',
    isLong: true,
    async run(scene) {
      scene.site.configure({ 'limits.maxRequests': '40', 'limits.maxRequestsJitter': '20' });
      await scene.command(['reload'], 0);
      const pid = await recycled(scene);
      scene.kill(pid);
      await gone(pid);
      await recycled(scene);
      scene.site.configure();
      await scene.command(['reload'], 0);
    },
  },
  {
    name: 'a spare takes the place of a killed worker',
    isLong: true,
    async run(scene) {
      scene.site.configure({ 'workers.spare': '1' });
      await scene.command(['reload'], 0);
      await scene.succeeded();
      const spare = await worker(scene, 'a spare', ({ isSpare }) => isSpare);
      const victim = await worker(scene, 'a worker', ({ isSpare }) => !isSpare);
      scene.kill(victim);
      const serving = (one: WorkerStatus): boolean => one.pid === spare && !one.isSpare;
      await worker(scene, 'the spare to serve', serving);
      scene.site.configure();
      await scene.command(['reload'], 0);
    },
  },
];

/** Waits until a worker was replaced because of its requests, and returns who serves in its place. */
async function recycled(scene: Scene): Promise<number> {
  const isRecycled = ({ lastEnd }: WorkerStatus): boolean =>
    /answered [\d,]+ requests/.test(lastEnd?.reason ?? '');
  return worker(scene, 'a worker to be recycled', isRecycled);
}

/** Waits for a worker that runs and passes `test`, and returns its process id. */
async function worker(
  scene: Scene,
  what: string,
  test: (worker: WorkerStatus) => boolean,
): Promise<number> {
  return waitFor(what, async () => {
    const { workers = [] } = (await scene.site.status()) ?? {};
    return workers.find((one) => one.state === 'RUNNING' && test(one))?.pid;
  });
}

async function harm(scene: Scene, kind: Harm): Promise<void> {
  scene.note(kind);
  await gone(await scene.harm(kind));
}

async function gone(pid: number): Promise<void> {
  await waitFor(`process ${pid} to end`, () => !isRunning(pid));
}
