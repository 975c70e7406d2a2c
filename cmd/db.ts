/** `rodent db`: the schema of the database, whether it answers, and where it is. */

import * as config from '../internal/config/index.js';
import * as errors from '../internal/errors/index.js';
import * as instance from '../internal/instance/index.js';
import * as migrations from '../internal/migrations/index.js';
import * as postgres from '../internal/postgres/index.js';
import * as terminal from '../internal/terminal/index.js';
import type { Arguments, Command, Flag, Shell } from './command.js';
import { DATABASE_KEYS, GET_DATABASE, NO_DATABASE, during } from './database.js';
import { durationOf } from './duration.js';
import { PLACE_FLAGS, loadConfig } from './place.js';

/** For an answer. A migration takes the time it takes. */
const TIMEOUT_MS = 5_000;

/** Not up to date. */
const NOT_CURRENT = 1;

/** The flags that say which database is meant. */
const DATABASE_FLAGS: Readonly<Record<string, Flag>> = Object.fromEntries(
  Object.entries(config.options('serve')).filter(([name]) =>
    ['database', 'database-url'].includes(name),
  ),
);

export const db: Command = {
  flags: {
    ...PLACE_FLAGS,
    ...DATABASE_FLAGS,
    timeout: {
      describe: 'How long to wait, e.g. 5s (the default; migrate waits as long as it takes)',
      type: 'string',
    },
    json: { describe: 'As JSON', type: 'boolean' },
  },
  positionals: [{ name: 'verb', describe: 'migrate, status, ping or url', isRequired: true }],
  examples: [
    ['rodent db migrate', 'applies the migrations that the database lacks; safe to run twice'],
    ['rodent db status', 'which migrations are applied; exit status 0 up to date, 1 not'],
    ['rodent db ping --timeout 2s', 'whether the database answers, and as whom'],
    ['psql "$(rodent db url)"', 'a shell on it; the URL holds no password, but may name its file'],
  ],
  async run(args, shell) {
    const verb = String(args['verb']);
    const action = ACTIONS[verb];
    if (action === undefined) {
      const hint = config.suggestion(verb, Object.keys(ACTIONS));
      throw usage(`There is no action "${verb}"; use migrate, status, ping or url.${hint}`);
    }
    const timeoutMs = durationOf(args['timeout'], 'timeout');
    const address = await addressOf(args, shell);
    return action({ address, timeoutMs, isJson: args['json'] === true }, shell.terminal);
  },
};

interface Call {
  readonly address: postgres.Address;
  /** As it was given. */
  readonly timeoutMs: number | undefined;
  readonly isJson: boolean;
}

type Action = (call: Call, screen: terminal.Terminal) => Promise<number>;

const ACTIONS: Readonly<Record<string, Action>> = {
  async url({ address, isJson }, screen) {
    const url = urlOf(address);
    if (isJson) screen.json({ url });
    else screen.print(url);
    return 0;
  },

  async ping({ address, timeoutMs = TIMEOUT_MS, isJson }, screen) {
    const pong = await postgres.ping(address, { timeoutMs });
    if (isJson) screen.json(pong);
    else screen.print(sentence(pong));
    return 0;
  },

  async status({ address, timeoutMs = TIMEOUT_MS, isJson }, screen) {
    const status = await bounded(address, timeoutMs, (database, signal) =>
      postgres.migrationStatus(database, migrations.ALL, { signal }),
    );
    if (isJson) screen.json(status);
    else screen.print(table(status, screen));
    const isCurrent = [status.pending, status.unknown, status.changed].every(
      (names) => names.length === 0,
    );
    return isCurrent ? 0 : NOT_CURRENT;
  },

  async migrate({ address, timeoutMs, isJson }, screen) {
    const observe = ({ name, durationMs }: postgres.MigrationEvent): void => {
      if (!isJson) screen.print(`applied ${name} in ${terminal.duration(durationMs)}`);
    };
    const applied = await bounded(address, timeoutMs, (database, signal) =>
      postgres.migrate(database, migrations.ALL, { observe, signal }),
    );
    if (isJson) screen.json({ applied });
    else screen.note('The schema is up to date.');
    return 0;
  },
};

async function addressOf(args: Arguments, shell: Shell): Promise<postgres.Address> {
  const loaded = loadConfig(args, shell, DATABASE_KEYS);
  const address = await instance.databaseAddress(loaded);
  if (address !== undefined) return address;
  throw new errors.RodentError(
    loaded.get('database') === 'off'
      ? 'There is no database: it is switched off, by "database=off".'
      : `${NO_DATABASE} ${GET_DATABASE}`,
    { code: 'DATABASE_UNAVAILABLE' },
  );
}

/** For psql and its like; a password stands in it by the name of its file alone. */
function urlOf(address: postgres.Address): string {
  const url = postgres.describe(address);
  if (address.passFile === undefined) return url;
  return `${url}${url.includes('?') ? '&' : '?'}passfile=${encodeURI(address.passFile)}`;
}

/** Gives `work` one connection; `timeoutMs`, where there is one, bounds all of it. */
async function bounded<T>(
  address: postgres.Address,
  timeoutMs: number | undefined,
  work: (database: postgres.Database, signal: AbortSignal | undefined) => Promise<T>,
): Promise<T> {
  const signal = timeoutMs === undefined ? undefined : AbortSignal.timeout(timeoutMs);
  const asking = {
    address,
    applicationName: 'rodent db',
    connectTimeoutMs: timeoutMs ?? TIMEOUT_MS,
  };
  try {
    return await during(asking, (database) => work(database, signal));
  } catch (error) {
    if (signal?.aborted !== true || error !== signal.reason) throw error;
    throw new errors.RodentError(
      `The database took longer than ${terminal.duration(timeoutMs ?? 0)}.`,
      {
        code: 'DEADLINE_EXCEEDED',
        cause: error,
      },
    );
  }
}

function sentence(pong: postgres.Pong): string {
  const { version, database, user, latencyMs, isStandby, isSuperuser } = pong;
  const role = isStandby ? 'a standby' : 'a primary';
  const rank = isSuperuser ? ' (a superuser)' : '';
  return `PostgreSQL ${version}, ${role}: database "${database}" as "${user}"${rank}, answered in ${latencyMs.toFixed(1)}ms.`;
}

function table(status: postgres.MigrationStatus, screen: terminal.Terminal): string {
  const changed = new Set(status.changed);
  const rows = [
    ...status.applied.map(({ name, appliedAt }) =>
      changed.has(name)
        ? [name, screen.paint('red', 'changed'), appliedAt]
        : [name, screen.paint('green', 'applied'), appliedAt],
    ),
    ...status.pending.map((name) => [name, screen.paint('yellow', 'pending')]),
    ...status.unknown.map((name) => [name, screen.paint('red', 'unknown to this version')]),
  ];
  return rows.length === 0 ? 'There are no migrations.' : terminal.table(rows);
}

function usage(detail: string): errors.RodentError {
  return new errors.RodentError(detail, { code: 'USAGE' });
}
