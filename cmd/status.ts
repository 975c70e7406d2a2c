/** `rodent status`: whether the service runs; exit statuses as in the LSB. */

import * as instance from '../internal/instance/index.js';
import * as terminal from '../internal/terminal/index.js';
import type { Command, Shell } from './command.js';
import { PLACE_FLAGS, findPlace } from './place.js';

/** Source: Linux Standard Base 5.0, "Init Script Actions"; design section 5. */
const EXIT: Readonly<Record<instance.Status['state'], number>> = {
  running: 0,
  dead: 1,
  stopped: 3,
  unknown: 4,
};

export const status: Command = {
  flags: { ...PLACE_FLAGS, json: { describe: 'As JSON', type: 'boolean' } },
  async run(args, shell) {
    const found = await instance.status(await findPlace(args, shell));
    if (args['json'] === true) shell.terminal.json(found);
    else shell.terminal.print(describe(found, shell));
    return EXIT[found.state];
  },
};

function describe(found: instance.Status, { terminal: screen }: Shell): string {
  const { state, pid, service, reason } = found;
  switch (state) {
    case 'running':
      return service === undefined
        ? `${screen.paint('yellow', 'running')}, but it does not answer${pid === undefined ? '' : ` (process ${pid})`}.${suffix(reason)}`
        : page(service, screen);
    case 'dead':
      return `${screen.paint('red', 'dead')}: ${pid === undefined ? 'the process' : `process ${pid}`} ended without cleaning up. Try "rodent serve --detached".`;
    case 'stopped':
      return 'not running. Try "rodent serve --detached".';
    case 'unknown':
      return `${screen.paint('yellow', 'unknown')}:${suffix(reason)}`;
  }
}

function suffix(reason: string | undefined): string {
  return reason === undefined ? '' : ` ${reason}`;
}

function page(service: instance.ServiceStatus, screen: terminal.Terminal): string {
  const { requests, lastReload } = service;
  const colour = service.phase === 'ready' ? 'green' : 'yellow';
  return terminal.table([
    [screen.paint(colour, service.phase), service.url === '' ? 'no listener' : service.url],
    ['app', service.app === '' ? 'the built-in page' : service.app],
    ['process', `${service.pid}, generation ${service.generation}, ${where(service)}`],
    ['up', `${terminal.duration(service.uptimeMs)}, since ${service.startedAt}`],
    [
      'requests',
      `${requests.total} answered, ${requests.active} in flight, ${requests.connections} connections`,
    ],
    ['memory', terminal.bytes(service.memoryBytes)],
    ...(lastReload === undefined ? [] : [['reload', `${lastReload.result}, ${lastReload.at}`]]),
    ['home', service.home],
    ['version', `rodent ${service.version}, Node ${service.node}, lock by ${service.lock}`],
  ]);
}

function where({ isDetached }: instance.ServiceStatus): string {
  return isDetached ? 'detached' : 'in the foreground';
}
