/** The database of a worker: where it is, and a connection under the worker's own name. */

import path from 'node:path';

import * as postgres from '../postgres/index.js';
import type { Config, Dictionary } from './dictionary.js';
import * as dictionary from './dictionary.js';
import type { Environment } from './environment.js';
import { environment } from './environment.js';

/** What a connection needs to know of a dictionary; the keys of the server may be there. */
export type Connecting = Pick<Config, 'process_id'> & Dictionary;

/** Keys, in the files as in the environment, of which one is enough to say where the database is. */
const PLACES = ['PGHOST', 'PGPORT', 'PGDATABASE', 'PGUSER'] as const;

/** What the manual says where nobody says anything. Source: R-UNI-6. */
const DEFAULTS: postgres.Address = {
  host: 'localhost',
  port: 5432,
  user: 'uniphant',
  name: 'uniphant',
};

/**
 * Connects to the worker's database and returns the connection: a pool whose every member carries
 * `process_id` as its application_name and commits each statement by itself.
 *
 * Where it is say, in this order: the keys PGHOST, PGPORT, PGDATABASE, PGUSER, PGPASSWORD, PGPASSFILE and
 * PGSSLMODE (or DATABASE_URL) of the dictionary, those it lacks taken from the environment; the
 * environment's DATABASE_URL; its PG… variables; the embedded database of a rodent that serves in
 * `root_dir` (or is named by RODENT_DATABASE_FILE); the database `uniphant` on localhost.
 *
 * @throws RodentError DATABASE_UNAVAILABLE or DATABASE_REFUSED when it cannot be reached; CONFIG_INVALID
 *   for a port or an sslmode that is none.
 * Source: seed 001 section 10; R-UNI-6.
 */
export async function connectToDatabase(config: Connecting): Promise<postgres.Database> {
  const connection = openDatabase(config);
  try {
    await connection.query('select 1');
    return connection;
  } catch (error) {
    await connection.close();
    throw error;
  }
}

/** Opens the database, with so many connections at most, without connecting to it. */
export function openDatabase(config: Connecting, maxConnections = 8): postgres.Database {
  const address = addressOf(config, environment());
  return postgres.open({ address, applicationName: config.process_id, maxConnections });
}

/** Where the database is, see `connectToDatabase`; never asks it. */
export function addressOf(config: Dictionary, variables: Environment): postgres.Address {
  const url = textOf(config, 'DATABASE_URL');
  if (url !== undefined) return { url };
  if (PLACES.some((key) => textOf(config, key) !== undefined)) {
    return composed((key) => textOf(config, key) ?? (variables[key] || undefined));
  }
  const password = textOf(config, 'PGPASSWORD');
  const given = textOf(variables, 'DATABASE_URL');
  if (given !== undefined)
    return password === undefined ? { url: given } : { url: given, password };
  const found = (key: string): string | undefined => textOf(config, key) ?? textOf(variables, key);
  if (PLACES.some((key) => textOf(variables, key) !== undefined)) return composed(found);
  return announced(config, variables) ?? composed(found);
}

function composed(find: (key: string) => string | undefined): postgres.Address {
  const [port, sslmode] = [portOf(find('PGPORT')), sslmodeOf(find('PGSSLMODE'))];
  const [password, passFile] = [find('PGPASSWORD'), find('PGPASSFILE')];
  return {
    ...DEFAULTS,
    ...defined({ host: find('PGHOST'), user: find('PGUSER'), name: find('PGDATABASE') }),
    ...(port === undefined ? {} : { port }),
    ...defined({ password, passFile }),
    ...(sslmode === undefined ? {} : { sslmode }),
  };
}

function announced(config: Dictionary, variables: Environment): postgres.Address | undefined {
  const { root_dir: root } = config;
  const own =
    typeof root === 'string' ? path.join(root, '.rodent', 'run', 'database.json') : undefined;
  const file = textOf(variables, 'RODENT_DATABASE_FILE') ?? own;
  return file === undefined ? undefined : postgres.announced(file);
}

/** The text of a key; an empty one is none. */
function textOf(source: Readonly<Record<string, unknown>>, key: string): string | undefined {
  const value = source[key];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

type Defined = Readonly<Record<string, string>>;

function defined(values: Readonly<Record<string, string | undefined>>): Defined {
  return Object.fromEntries(
    Object.entries(values).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])),
  );
}

function sslmodeOf(word: string | undefined): postgres.SslMode | undefined {
  if (word === undefined || postgres.isSslMode(word)) return word;
  // A slip of the pen must not end in a connection that nobody protects.
  throw dictionary.invalid([`PGSSLMODE is one of ${postgres.SSL_MODES.join(', ')}, not "${word}"`]);
}

function portOf(word: string | undefined): number | undefined {
  if (word === undefined) return undefined;
  const port = /^\d{1,5}$/.test(word) ? Number(word) : 0;
  if (port > 0 && port < 65_536) return port;
  throw dictionary.invalid([`PGPORT is a number from 1 to 65535, not "${word}"`]);
}
