/** What `rodent status` shows: the service in a table and, with workers, the tree of its processes. */

import type * as instance from '../internal/instance/index.js';
import * as terminal from '../internal/terminal/index.js';
import { tree } from './tree.js';
import type { Drawing } from './tree.js';
import { plain } from './worker-words.js';

/** Draws what was found. */
export function page(found: instance.Status, drawing: Drawing): string {
  const { state, pid, service, reason } = found;
  const { paint } = drawing;
  switch (state) {
    case 'running':
      return service === undefined
        ? `${paint('yellow', 'running')}, but it does not answer${pid === undefined ? '' : ` (process ${pid})`}.${suffix(reason)}`
        : pageOf(service, drawing);
    case 'dead':
      return `${paint('red', 'dead')}: ${pid === undefined ? 'the process' : `process ${pid}`} ended without cleaning up. Try "rodent serve --detached".`;
    case 'stopped':
      return 'not running. Try "rodent serve --detached".';
    case 'unknown':
      return `${paint('yellow', 'unknown')}:${suffix(reason)}`;
  }
}

function suffix(reason: string | undefined): string {
  return reason === undefined ? '' : ` ${reason}`;
}

function pageOf(service: instance.ServiceStatus, drawing: Drawing): string {
  const head = table(service, drawing);
  return service.isSupervised ? `${head}\n\n${tree(service, drawing)}` : head;
}

function table(service: instance.ServiceStatus, { paint }: Drawing): string {
  const { requests, lastReload } = service;
  const colour = service.phase === 'ready' ? 'green' : 'yellow';
  return terminal.table([
    [paint(colour, service.phase), service.url === '' ? 'no listener' : service.url],
    ['app', service.app === '' ? 'the built-in page' : service.app],
    ['process', `${service.pid}, generation ${service.generation}, ${where(service)}`],
    ...(service.isSupervised ? [['workers', census(service, paint)]] : []),
    ['up', `${terminal.duration(service.uptimeMs)}, since ${service.startedAt}`],
    [
      'requests',
      `${requests.total} answered, ${requests.active} in flight, ${requests.connections} connections`,
    ],
    ['memory', memory(service)],
    ...(service.database === undefined ? [] : [['database', database(service.database, paint)]]),
    ...(lastReload === undefined ? [] : [['reload', `${lastReload.result}, ${lastReload.at}`]]),
    ['home', service.home],
    ['version', `rodent ${service.version}, Node ${service.node}, lock by ${service.lock}`],
  ]);
}

function where({ isDetached }: instance.ServiceStatus): string {
  return isDetached ? 'detached' : 'in the foreground';
}

/** `3 of 4 running`, yellow while some are missing. */
function census({ workers, wanted }: instance.ServiceStatus, paint: Drawing['paint']): string {
  const running = workers.filter(
    ({ kind, state, isSpare }) => kind === 'http' && state === 'RUNNING' && !isSpare,
  ).length;
  return paint(running < wanted ? 'yellow' : 'green', `${running} of ${wanted} running`);
}

/** `embedded, postgresql://…`, or what stands in its way. */
function database(
  { kind, address, isReachable, error = 'not reached yet' }: instance.DatabaseStatus,
  paint: Drawing['paint'],
): string {
  return `${kind}, ${isReachable ? address : paint('yellow', plain(error))}`;
}

/** Its own, and that of the workers that tell theirs. */
function memory({ memoryBytes, workers }: instance.ServiceStatus): string {
  const told = workers.flatMap(({ vitals }) => (vitals === undefined ? [] : [vitals.memoryBytes]));
  const sum = told.reduce((total, one) => total + one, memoryBytes);
  const processes = told.length === 0 ? '' : ` in ${told.length + 1} processes`;
  return `${terminal.bytes(sum)}${processes}`;
}
