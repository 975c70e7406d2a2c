/** A service with workers, as its users run it. */

import type { WorkerStatus } from '../../internal/child/index.js';
import type { ServiceStatus } from '../../internal/instance/index.js';
import { project } from './rodent.js';
import type { Project } from './rodent.js';
import { until } from './until.js';

export interface Supervised extends Project {
  /** What the service says of itself. */
  status(): Promise<ServiceStatus>;
  /** The http workers that run, by their process ids. */
  pids(): Promise<readonly number[]>;
  /** Waits until `test` holds of the workers, and returns them. */
  workers(
    what: string,
    test: (workers: readonly WorkerStatus[]) => boolean,
  ): Promise<readonly WorkerStatus[]>;
}

/**
 * Makes a project whose service has workers (two, unless `conf` says otherwise), lets `prepare` add
 * to it and starts it detached.
 *
 * @throws Error when it does not start.
 */
export async function supervised(
  app: string,
  conf: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
  prepare: (own: Project) => void = () => undefined,
): Promise<Supervised> {
  const isNumbered = conf.some((line) => line.startsWith('workers='));
  const own = await project(app, { conf: isNumbered ? conf : ['workers=2', ...conf] });
  prepare(own);
  const { code, stderr } = await own.run(['serve', '-d'], { env });
  if (code !== 0) throw new Error(`serve ended with ${code}: ${stderr}`);
  const status = async (): Promise<ServiceStatus> => {
    const { stdout } = await own.run(['status', '--json']);
    const { service } = JSON.parse(stdout) as { readonly service: ServiceStatus };
    return service;
  };
  const running = async (): Promise<readonly WorkerStatus[]> =>
    (await status()).workers.filter(({ kind }) => kind === 'http');
  return {
    ...own,
    status,
    pids: async () => (await running()).flatMap(({ pid }) => pid ?? []),
    workers: async (what, test) =>
      until(what, async () => {
        const workers = await running();
        return test(workers) ? workers : undefined;
      }),
  };
}

/** Whether there are `count` workers and all of them run. */
export function allRun(count: number): (workers: readonly WorkerStatus[]) => boolean {
  return (workers) => workers.length === count && workers.every(({ state }) => state === 'RUNNING');
}
