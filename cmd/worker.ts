/** `rodent worker`: worker scripts, one by one, and how many of them this host runs. */

import os from 'node:os';
import path from 'node:path';

import * as config from '../internal/config/index.js';
import * as errors from '../internal/errors/index.js';
import * as host from '../internal/host/index.js';
import * as instance from '../internal/instance/index.js';
import type * as postgres from '../internal/postgres/index.js';
import * as registry from '../internal/registry/index.js';
import * as scripts from '../internal/scripts/index.js';
import * as terminal from '../internal/terminal/index.js';
import * as workers from '../internal/worker/index.js';
import type { Arguments, Command, Shell } from './command.js';
import { DATABASE_KEYS, GET_DATABASE, NO_DATABASE, during } from './database.js';
import { PLACE_FLAGS, loadConfig } from './place.js';
import { runScript } from './worker-script.js';

/** For the database's answer. */
const TIMEOUT_MS = 5000;

const SCRIPT_VERBS: readonly string[] = ['start', 'stop', 'restart', 'status'];

/** As yargs spells a list; what it finds in one stands under the name without the dots. */
const WORDS = 'word..';

export const worker: Command = {
  flags: {
    ...PLACE_FLAGS,
    foreground: {
      describe: 'start, restart: stay in the foreground',
      type: 'boolean',
      alias: ['f'],
    },
    json: { describe: 'list, scale: as JSON', type: 'boolean' },
  },
  positionals: [
    {
      name: 'verb',
      describe: 'start, stop, restart, status, list, scale or terminate',
      isRequired: true,
    },
    { name: WORDS, describe: 'What the verb is about, see the examples' },
  ],
  examples: [
    ['rodent worker start <worker_id> workers/queue/take.ts', 'in the background'],
    ['rodent worker status <worker_id> workers/queue/take.ts', '0 running, 3 not running'],
    ['rodent worker scale queue.take 4', 'this host is to run four of them'],
    ['rodent worker list', 'the workers of this host, and which of them run'],
    ['rodent worker terminate <worker_id>', 'asks the process of a worker to leave'],
  ],
  async run(args, shell) {
    const verb = String(args['verb']);
    const words = wordsOf(args);
    if (SCRIPT_VERBS.includes(verb)) {
      return runScript({ verb, words, foreground: args['foreground'] === true }, shell);
    }
    const action = ACTIONS[verb];
    if (action === undefined) {
      const names = [...SCRIPT_VERBS, ...Object.keys(ACTIONS)];
      throw usage(
        `There is no action "${verb}"; use ${names.slice(0, -1).join(', ')} or ${names.at(-1)}.${config.suggestion(verb, names)}`,
      );
    }
    return action({ args, words, isJson: args['json'] === true }, shell);
  },
};

/** One word comes by the short way, under the name as it is declared. */
function wordsOf(args: Arguments): readonly string[] {
  const words = args['word'] ?? args[WORDS] ?? [];
  return (Array.isArray(words) ? words : [words]).map(String);
}

interface Call {
  readonly args: Arguments;
  readonly words: readonly string[];
  readonly isJson: boolean;
}

type Action = (call: Call, shell: Shell) => Promise<number>;

const ACTIONS: Readonly<Record<string, Action>> = {
  async list({ args, words, isJson }, shell) {
    if (words.length > 0) throw usage('Usage: rodent worker list.');
    const found = await withHost(args, shell, workersOf);
    if (isJson) shell.terminal.json(found);
    else if (found.length === 0) shell.terminal.note('This host has no workers.');
    else shell.terminal.print(table(found, shell));
    return 0;
  },

  async scale({ args, words, isJson }, shell) {
    const [type = '', count = ''] = words;
    if (words.length !== 2 || !/^\d{1,4}$/.test(count)) {
      throw usage('Usage: rodent worker scale <type> <number>, e.g. queue.take 4.');
    }
    const n = Number(count);
    if (n > 0) demandScript(type, rootOf(shell));
    const scaled = await withHost(args, shell, async ({ database, hostId }) => {
      // Before the first service, and the first worker, nobody has told the database of this host.
      await workers.registerHost({ host_id: hostId, host_name: os.hostname() }, database);
      return registry.scale(database, hostId, { type, n });
    });
    if (isJson) shell.terminal.json(scaled);
    else shell.terminal.print(sentence(type, n, scaled));
    return 0;
  },

  async terminate({ args, words }, shell) {
    const [id = ''] = words;
    if (words.length !== 1 || !host.isUuid(id)) {
      throw usage('Usage: rodent worker terminate <id>, of a worker or of its process.');
    }
    const isAsked = await withHost(args, shell, async (place) => {
      const found = (await workersOf(place)).find((one) => one.id === id.toLowerCase());
      return registry.requestTermination(place.database, found?.processId ?? id);
    });
    if (!isAsked) {
      throw new errors.RodentError(`There is no process, and no running worker, "${id}".`, {
        code: 'NOT_FOUND',
      });
    }
    shell.terminal.print('Asked to leave; its next heartbeat tells it.');
    return 0;
  },
};

/** Where the commands ask, and about which host. */
interface Place {
  readonly database: postgres.Database;
  readonly hostId: string;
}

/** A worker of this host, and the process that runs it, where one does. */
interface Worker {
  readonly id: string;
  readonly type: string;
  /** Whether the host is to run it; false for one that was scaled away and has not left yet. */
  readonly isWanted: boolean;
  readonly state: string;
  readonly pid?: number;
  readonly processId?: string;
}

async function workersOf({ database, hostId }: Place): Promise<readonly Worker[]> {
  const wanted = await registry.wantedWorkers(database, hostId);
  const processes = await registry.list(database, { hostId });
  const running = new Map(processes.flatMap((row) => (row.workerId ? [[row.workerId, row]] : [])));
  const rest = new Map(running);
  for (const { id } of wanted) rest.delete(id);
  return [
    ...wanted.map(({ id, type }) => workerOf({ id, type, isWanted: true }, running.get(id))),
    ...Array.from(rest, ([id, row]) =>
      workerOf({ id, type: row.workerType ?? row.name, isWanted: false }, row),
    ),
  ];
}

function workerOf(
  { id, type, isWanted }: Pick<Worker, 'id' | 'type' | 'isWanted'>,
  row: registry.ProcessRow | undefined,
): Worker {
  if (row === undefined) return { id, type, isWanted, state: 'not running' };
  const state = row.isTerminationRequested ? 'leaving' : row.state.toLowerCase();
  const pid = row.pid === undefined ? {} : { pid: row.pid };
  return { id, type, isWanted, state, ...pid, processId: row.id };
}

function table(found: readonly Worker[], { terminal: screen }: Shell): string {
  const rows = found.map(({ id, type, isWanted, state, pid }) => [
    type,
    id,
    pid === undefined ? '-' : String(pid),
    screen.paint(state === 'running' ? 'green' : 'yellow', state),
    isWanted ? '' : 'no longer wanted',
  ]);
  return terminal.table([['type', 'worker', 'pid', 'state', ''], ...rows]);
}

function sentence(type: string, n: number, { added, removed }: registry.Scaled): string {
  const changes = [...added.map((id) => `added ${id}`), ...removed.map((id) => `removed ${id}`)];
  const head = `This host is to run ${n} of "${type}"`;
  return changes.length === 0 ? `${head}, as before.` : `${head}.\n${changes.join('\n')}`;
}

/** What nobody could start must not be asked for. */
function demandScript(type: string, root: string): void {
  if (scripts.find(root, type) !== undefined) return;
  const detail = `There is no worker script of the type "${type}" below "${path.join(root, 'workers')}".`;
  throw new errors.RodentError(detail, { code: 'NOT_FOUND' });
}

/** Does `work` with the service's database. */
async function withHost<T>(
  args: Arguments,
  shell: Shell,
  work: (place: Place) => Promise<T>,
): Promise<T> {
  const settings = loadConfig(args, shell, [...DATABASE_KEYS, 'data.dir']);
  const address = await instance.databaseAddress(settings);
  if (address === undefined) {
    const detail = `${NO_DATABASE} ${GET_DATABASE}`;
    throw new errors.RodentError(detail, { code: 'DATABASE_UNAVAILABLE' });
  }
  const asking = {
    address,
    applicationName: 'rodent worker',
    acquireTimeoutMs: TIMEOUT_MS,
    statementTimeoutMs: TIMEOUT_MS,
  };
  return during(asking, async (database) =>
    work({ database, hostId: await instance.hostId(settings, rootOf(shell)) }),
  );
}

function rootOf({ cwd, homeDir }: Shell): string {
  return config.projectOf({ cwd, homeDir }) ?? cwd;
}

function usage(detail: string): errors.RodentError {
  return new errors.RodentError(detail, { code: 'USAGE' });
}
