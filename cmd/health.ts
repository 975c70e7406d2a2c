/** `rodent health`: asks the running service as a load balancer would. */

import * as errors from '../internal/errors/index.js';
import * as instance from '../internal/instance/index.js';
import type { Command, Shell } from './command.js';
import { PLACE_FLAGS, findPlace } from './place.js';
import { label, plain } from './worker-words.js';

export const health: Command = {
  flags: { ...PLACE_FLAGS, json: { describe: 'As JSON', type: 'boolean' } },
  async run(args, shell) {
    const found = await instance.status(await findPlace(args, shell));
    const answer = await instance.health(probeUrl(found));
    const workers = found.service?.workers.filter(({ state }) => state !== 'RUNNING') ?? [];
    if (args['json'] === true) shell.terminal.json({ ...answer, notRunning: workers });
    else shell.terminal.print(report(answer, workers, shell));
    return 0;
  },
};

/** The service, and below it each worker that does not run: others may serve in its place. */
function report(
  { url }: instance.Health,
  workers: instance.ServiceStatus['workers'],
  { terminal }: Shell,
): string {
  const lines = workers.map((worker) => {
    const reason = worker.lastEnd === undefined ? '' : ` (${plain(worker.lastEnd.reason)})`;
    return `${terminal.paint('yellow', label(worker))}: ${worker.state}${reason}`;
  });
  return [`${terminal.paint('green', 'healthy')}: ${url}`, ...lines].join('\n');
}

function probeUrl({ state, service, pid }: instance.Status): string {
  if (service !== undefined && service.url !== '' && service.probes.live !== '') {
    return `${service.url}${service.probes.live}`;
  }
  const why =
    service !== undefined
      ? 'it has no listener or no liveness probe'
      : state === 'running'
        ? `process ${pid ?? '?'} does not answer`
        : 'it is not running';
  throw new errors.RodentError(`The service is unhealthy: ${why}.`, { code: 'UNHEALTHY' });
}
