/** `rodent ps`: the processes of all hosts that share the database, and asking one of them to leave. */

import { setTimeout as sleep } from 'node:timers/promises';

import * as clock from '../internal/clock/index.js';
import * as config from '../internal/config/index.js';
import * as errors from '../internal/errors/index.js';
import * as instance from '../internal/instance/index.js';
import * as postgres from '../internal/postgres/index.js';
import * as registry from '../internal/registry/index.js';
import * as terminal from '../internal/terminal/index.js';
import type { Arguments, Command, Shell } from './command.js';
import { DATABASE_KEYS, NO_DATABASE, during } from './database.js';
import { durationOf } from './duration.js';
import { fleetPage, shortLength } from './fleet-page.js';
import type { Fleet } from './fleet-page.js';
import { page } from './page.js';
import { PLACE_FLAGS, findPlace, loadConfig } from './place.js';
import { drawingOf } from './status.js';
import { plain } from './worker-words.js';

/** For a process to leave, with --wait. */
const TIMEOUT_MS = 60_000;
/** Between two looks whether it has. */
const LOOK_MS = 250;
/** For an answer of the database. */
const ANSWER_MS = 5000;
/** Fewer characters are no id, but a slip. */
const LEAST_CHARS = 4;
/** As `rodent status` ends for a service that does not run. */
const NOT_RUNNING = 3;

export const ps: Command = {
  flags: {
    ...PLACE_FLAGS,
    host: { describe: 'Of one host, by its name or id; without it of all', type: 'string' },
    stop: { describe: 'Ask the process with this id (or its beginning) to leave', type: 'string' },
    wait: { describe: 'With --stop, wait until it has left', type: 'boolean' },
    timeout: { describe: 'How long to wait, e.g. 60s (the default)', type: 'string' },
    json: { describe: 'As JSON', type: 'boolean' },
  },
  examples: [
    ['rodent ps', 'all hosts and their processes'],
    ['rodent ps --host web1 --json', 'those of one host, for programs'],
    ['rodent ps --stop 3f0a91c2 --wait', 'has a process leave, on whatever host it runs'],
  ],
  async run(args, shell) {
    const { host, stop, wait, timeout, ...common } = args;
    if (stop === undefined && (wait !== undefined || timeout !== undefined))
      throw usage('--wait and --timeout go with --stop.');
    const request: Request = {
      host: typeof host === 'string' ? host : undefined,
      isJson: common['json'] === true,
      waitMs: wait === true ? (durationOf(timeout, 'timeout') ?? TIMEOUT_MS) : undefined,
    };
    const settings = loadConfig(common, shell, DATABASE_KEYS);
    const address = await instance.databaseAddress(settings);
    if (address === undefined && typeof stop !== 'string') return alone(common, shell, NO_DATABASE);
    if (address === undefined)
      throw new errors.RodentError(NO_DATABASE, { code: 'DATABASE_UNAVAILABLE' });
    const lateMs = settings.get('database.lostAfter');
    if (typeof stop !== 'string')
      return during(askingOf(address), (db) => show(db, request, { shell, lateMs })).catch(
        (error: unknown) => {
          if (!postgres.isUnavailable(error)) throw error;
          return alone(common, shell, errors.describe(error));
        },
      );
    return during(askingOf(address), (db) => end(db, stop, { ...request, shell }));
  },
};

interface Request {
  /** The name or the id of a host. */
  readonly host: string | undefined;
  readonly isJson: boolean;
  /** How long to wait for the end of a process; undefined: not at all. */
  readonly waitMs: number | undefined;
}

/** What the service tells of itself, where nobody else tells of anything. */
async function alone(args: Arguments, shell: Shell, why: string): Promise<number> {
  shell.terminal.warn(`${why} This is what the service here tells of itself.`);
  const found = await instance.status(await findPlace(args, shell));
  if (args['json'] === true) shell.terminal.json({ hosts: [], processes: [], status: found });
  else shell.terminal.print(page(found, drawingOf(shell)));
  return found.state === 'running' ? 0 : NOT_RUNNING;
}

/** How the database is asked. */
function askingOf(address: postgres.Address): Parameters<typeof during>[0] {
  return {
    address,
    applicationName: 'rodent ps',
    connectTimeoutMs: ANSWER_MS,
    acquireTimeoutMs: ANSWER_MS,
  };
}

async function show(
  database: postgres.Database,
  { host, isJson }: Request,
  { shell, lateMs }: { readonly shell: Shell; readonly lateMs: number },
): Promise<number> {
  const fleet = await fleetOf(database, host);
  const { terminal: screen } = shell;
  if (isJson) screen.json(fleet);
  else screen.print(fleetPage(fleet, { paint: (...words) => screen.paint(...words), lateMs }));
  return 0;
}

async function fleetOf(database: postgres.Database, host: string | undefined): Promise<Fleet> {
  const hosts = await registry.hosts(database);
  const shown = hosts.filter(({ id, name }) => host === undefined || [id, name].includes(host));
  if (host !== undefined && shown.length === 0) {
    const hint = config.suggestion(
      host,
      hosts.map(({ name }) => name),
    );
    throw new errors.RodentError(`There is no host "${host}".${hint}`, { code: 'NOT_FOUND' });
  }
  const ids = new Set(shown.map(({ id }) => id));
  const only = shown.length === 1 ? shown[0]?.id : undefined;
  const rows = await registry.list(database, only === undefined ? {} : { hostId: only });
  return { hosts: shown, processes: rows.filter(({ hostId }) => ids.has(hostId)) };
}

/** Asks the process whose id begins with `word` to leave. */
async function end(
  database: postgres.Database,
  word: string,
  { host, isJson, waitMs, shell }: Request & { readonly shell: Shell },
): Promise<number> {
  const { processes } = await fleetOf(database, host);
  const row = find(processes, word);
  if (!(await registry.requestTermination(database, row.id))) throw notFound(word);
  const { terminal: screen } = shell;
  const name = `${plain(row.kind)} "${plain(row.name)}" on host "${plain(row.hostName)}"`;
  if (!isJson) screen.print(`Asked ${name} to leave; its next heartbeat tells it.`);
  if (waitMs !== undefined) await untilGone(database, row, waitMs);
  if (isJson) screen.json({ id: row.id, hasLeft: waitMs !== undefined });
  else if (waitMs !== undefined) screen.print('It has left.');
  return 0;
}

function find(processes: readonly registry.ProcessRow[], word: string): registry.ProcessRow {
  const start = word.toLowerCase();
  if (!/^[\da-f-]+$/.test(start) || start.length < LEAST_CHARS)
    throw usage(`"${word}" is no id of a process; "rodent ps" shows them in the last column.`);
  const [row, ...others] = processes.filter(({ id }) => id.startsWith(start));
  if (row === undefined) throw notFound(word);
  if (others.length === 0) return row;
  const length = shortLength(processes);
  const ids = [row, ...others].map(({ id }) => id.slice(0, length));
  throw usage(`Several ids begin with "${word}": ${ids.slice(0, 5).join(', ')}.`);
}

async function untilGone(
  database: postgres.Database,
  { id, hostId }: registry.ProcessRow,
  waitMs: number,
): Promise<void> {
  const endMs = clock.monotonicMs() + waitMs;
  for (;;) {
    const rows = await registry.list(database, { hostId });
    if (rows.every((row) => row.id !== id)) return;
    if (clock.monotonicMs() > endMs) {
      const detail = `It has not left within ${terminal.duration(waitMs)}; it was asked to, and may yet.`;
      throw new errors.RodentError(detail, { code: 'STOP_TIMEOUT' });
    }
    await sleep(LOOK_MS);
  }
}

function notFound(word: string): errors.RodentError {
  return new errors.RodentError(`There is no process "${word}".`, { code: 'NOT_FOUND' });
}

function usage(detail: string): errors.RodentError {
  return new errors.RodentError(detail, { code: 'USAGE' });
}
