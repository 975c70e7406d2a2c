/** `rodent health`: asks the running service as a load balancer would. */

import * as errors from '../internal/errors/index.js';
import * as instance from '../internal/instance/index.js';
import type { Command } from './command.js';
import { PLACE_FLAGS, findPlace } from './place.js';

export const health: Command = {
  flags: { ...PLACE_FLAGS, json: { describe: 'As JSON', type: 'boolean' } },
  async run(args, shell) {
    const answer = await instance.health(await probeUrl(await findPlace(args, shell)));
    if (args['json'] === true) shell.terminal.json(answer);
    else shell.terminal.print(`${shell.terminal.paint('green', 'healthy')}: ${answer.url}`);
    return 0;
  },
};

async function probeUrl(place: instance.Place): Promise<string> {
  const { state, service, pid } = await instance.status(place);
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
