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
    const { workers = [], database } = found.service ?? {};
    const notRunning = workers.filter(({ state }) => state !== 'RUNNING');
    const isDegraded = database?.isReachable === false;
    const state = isDegraded ? 'degraded' : 'healthy';
    if (args['json'] === true) shell.terminal.json({ ...answer, state, database, notRunning });
    else shell.terminal.print(report(answer, { database, notRunning }, shell));
    return 0;
  },
};

/** What does not do as it should while the service serves. */
interface Lacks {
  readonly database: instance.DatabaseStatus | undefined;
  readonly notRunning: instance.ServiceStatus['workers'];
}

/**
 * The service, and below it what is wrong: a database that is away, which makes it degraded, and each
 * worker that does not run, in whose place others may serve.
 */
function report(
  { url }: instance.Health,
  { database, notRunning }: Lacks,
  { terminal }: Shell,
): string {
  const isDegraded = database?.isReachable === false;
  const head = isDegraded
    ? terminal.paint('yellow', 'degraded')
    : terminal.paint('green', 'healthy');
  const away = plain(database?.error ?? 'not reached yet');
  const lines = notRunning.map((worker) => {
    const reason = worker.lastEnd === undefined ? '' : ` (${plain(worker.lastEnd.reason)})`;
    return `${terminal.paint('yellow', label(worker))}: ${worker.state}${reason}`;
  });
  const first = isDegraded ? [`${terminal.paint('yellow', 'database')}: ${away}`] : [];
  return [`${head}: ${url}`, ...first, ...lines].join('\n');
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
