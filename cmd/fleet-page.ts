/** What `rodent ps` shows: the hosts of the fleet in a table, and below it their processes. */

import type * as registry from '../internal/registry/index.js';
import * as terminal from '../internal/terminal/index.js';
import { plain } from './worker-words.js';

/** What the database knows. */
export interface Fleet {
  readonly hosts: readonly registry.HostRow[];
  readonly processes: readonly registry.ProcessRow[];
}

/** How it is drawn. */
export interface Style {
  readonly paint: terminal.Terminal['paint'];
  /** A heartbeat older than this is late. */
  readonly lateMs: number;
}

/** An id is shown in so many characters at least. */
const SHORT_CHARS = 8;

/** Draws the hosts and, if there are any, their processes. */
export function fleetPage(fleet: Fleet, style: Style): string {
  const { hosts, processes } = fleet;
  if (hosts.length === 0) return 'No host is registered.';
  const page = hostTable(hosts, style);
  return processes.length === 0 ? page : `${page}\n\n${processTable(processes, style)}`;
}

/** How many characters tell the ids of `processes` apart. */
export function shortLength(processes: readonly { readonly id: string }[]): number {
  for (let length = SHORT_CHARS; length < 36; length += 1) {
    const short = new Set(processes.map(({ id }) => id.slice(0, length)));
    if (short.size === processes.length) return length;
  }
  return 36;
}

function hostTable(hosts: readonly registry.HostRow[], style: Style): string {
  const head = ['host', 'processes', 'heartbeat', 'version', 'id'];
  const rows = hosts.map(({ id, name, processes, heartbeatAgeMs, version }) => [
    plain(name),
    processes === 0 ? style.paint('dim', 'none') : String(processes),
    heartbeatAgeMs === undefined ? '-' : age(heartbeatAgeMs, style),
    plain(version ?? '-'),
    id,
  ]);
  return terminal.table([head, ...rows]);
}

function processTable(processes: readonly registry.ProcessRow[], style: Style): string {
  const length = shortLength(processes);
  const head = ['host', 'kind', 'name', 'pid', 'state', 'heartbeat', 'version', 'memory', 'id'];
  const rows = processes
    .toSorted(compare)
    .map((row) => [
      plain(row.hostName),
      plain(row.kind),
      plain(row.name),
      row.pid === undefined ? '-' : String(row.pid),
      state(row, style),
      age(row.heartbeatAgeMs, style),
      plain(row.version ?? '-'),
      row.memoryBytes === undefined ? '-' : terminal.bytes(row.memoryBytes),
      row.id.slice(0, length),
    ]);
  return terminal.table([head, ...rows]);
}

function state({ state, isTerminationRequested }: registry.ProcessRow, { paint }: Style): string {
  if (isTerminationRequested) return paint('yellow', 'leaving');
  const isWell = state === 'ready' || state === 'RUNNING';
  return paint(isWell ? 'green' : 'yellow', plain(state));
}

function age(ms: number, { paint, lateMs }: Style): string {
  const text = `${terminal.duration(Math.max(0, ms))} ago`;
  return ms > lateMs ? paint('red', text) : text;
}

/** By host; what has no parent first, then by kind and name. */
function compare(a: registry.ProcessRow, b: registry.ProcessRow): number {
  return (
    a.hostName.localeCompare(b.hostName, 'en', { numeric: true }) ||
    a.hostId.localeCompare(b.hostId) ||
    rank(a) - rank(b) ||
    a.kind.localeCompare(b.kind, 'en') ||
    a.name.localeCompare(b.name, 'en', { numeric: true }) ||
    a.id.localeCompare(b.id)
  );
}

function rank({ kind, parentId }: registry.ProcessRow): number {
  if (kind === 'supervisor' || kind === 'service') return 0;
  return parentId === undefined ? 2 : 1;
}
