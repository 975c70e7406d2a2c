/** A project with a worker script, run as its users run it, and a database that can go away. */

import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

import { onTestFinished } from 'vitest';

import { database, processesIn, spawnNode, tempDir, until } from '../../../test/support/index.js';
import type { Program, SpawnOptions } from '../../../test/support/index.js';
import * as pidfile from '../../pidfile/index.js';
import * as postgres from '../../postgres/index.js';
import * as registry from '../../registry/index.js';

/** The package as it ships. */
export const PACKAGE: string = pathToFileURL(
  fileURLToPath(new URL('../../../dist/bundle/worker.js', import.meta.url)),
).href;

/** The worker of most tests. */
export const ID = '0a1b2c3d-0000-4000-8000-00000000e1f0';

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Project {
  readonly root: string;
  readonly home: string;
  readonly script: string;
  readonly pidFile: string;
  /** Writes a file of the project; returns its path. */
  write(name: string, text: string): string;
  /** Starts the script with these words and returns at once. */
  start(args: readonly string[], options?: SpawnOptions): Program;
  /** Runs the script with these words to its end. */
  run(args: readonly string[], options?: SpawnOptions): Promise<Outcome>;
  /** What the log of the worker says so far. */
  log(): string;
  /** Waits for a match in the log. */
  logged(pattern: RegExp): Promise<RegExpExecArray>;
}

export interface ProjectOptions {
  /** Lines of uniphant.conf; default: a database that nobody serves. */
  readonly conf?: readonly string[];
  /** Default: `workers/test/work.mjs`. */
  readonly name?: string;
}

/** Variables that would say where the database is. */
const CLEAN: Readonly<Record<string, undefined>> = {
  DATABASE_URL: undefined,
  PGHOST: undefined,
  PGPORT: undefined,
  PGUSER: undefined,
  PGDATABASE: undefined,
  PGPASSWORD: undefined,
  RODENT_DATABASE_FILE: undefined,
};

/** Makes a project whose worker script has this body; `worker` is the package, `main` ends it. */
export function project(body: string, options: ProjectOptions = {}): Project {
  const [root, home] = [tempDir(), tempDir()];
  const name = options.name ?? 'workers/test/work.mjs';
  const type = path.posix
    .relative('workers', name)
    .replace(/\.\w+$/, '')
    .replaceAll('/', '.');
  const write = (file: string, text: string): string => {
    const target = path.join(root, file);
    fs.mkdirSync(path.dirname(target), { recursive: true });
    fs.writeFileSync(target, text);
    return target;
  };
  const script = write(name, `import * as worker from '${PACKAGE}';\n${body}\n`);
  write('uniphant.conf', [...(options.conf ?? ['PGHOST=/nowhere']), ''].join('\n'));
  onTestFinished(() => killWorkers(path.dirname(script)));
  const logFile = path.join(root, 'log', type, `${ID}.log`);
  const log = (): string => (fs.existsSync(logFile) ? fs.readFileSync(logFile, 'utf8') : '');
  const start = (args: readonly string[], more: SpawnOptions = {}): Program =>
    spawnNode(script, args, { cwd: root, ...more, env: { ...CLEAN, HOME: home, ...more.env } });
  return {
    root,
    home,
    script,
    pidFile: path.join(root, 'pid', type, `${ID}.pid`),
    write,
    start,
    run: async (args, more) => {
      const program = start(args, more);
      const { code } = await program.exit;
      return { code, stdout: program.stdout(), stderr: program.stderr() };
    },
    log,
    logged: (pattern) => until(`${String(pattern)} in the log`, () => pattern.exec(log())),
  };
}

/** Kills the daemons whose scripts are in `dir`: they work there. */
export async function killWorkers(dir: string): Promise<void> {
  for (const pid of processesIn(dir)) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It ended meanwhile.
    }
  }
  await until('the rest to end', () => processesIn(dir).length === 0);
}

export interface Registry {
  /** Lines of a configuration that leads to it. */
  readonly conf: readonly string[];
  readonly url: string;
  /** Asks it, past any proxy. */
  rows(text: string, ...values: readonly unknown[]): Promise<readonly Row[]>;
}

/** A row, by the names of its columns. */
export type Row = Readonly<Record<string, unknown>>;

/** Makes a database with the registry's schema; `empty` leaves that out. */
export async function registryDatabase(how: 'migrated' | 'empty' = 'migrated'): Promise<Registry> {
  const { url } = await database();
  const db = postgres.open({ address: { url }, applicationName: 'test' });
  onTestFinished(() => db.close());
  if (how === 'migrated') await postgres.migrate(db, registry.MIGRATIONS);
  return {
    url,
    conf: [`DATABASE_URL=${url}`, 'heartbeat_ms=100', 'pause_ms=20'],
    rows: async (text, ...values) => (await db.query<Row>(text, values)).rows,
  };
}

/** A worker that says that it was called. */
export const CALLS = `await worker.main((config, log) => log.info('called'));`;

/** The database's row of the process that runs the worker. */
export async function rowOf(
  registry: Registry,
): Promise<Readonly<Record<string, unknown>> | undefined> {
  const text = 'select id, pid, heartbeat_at::text from rodent.processes where worker_id = $1';
  const [row] = await registry.rows(text, ID);
  return row;
}

/** The id of the process that holds the worker's lock. */
export async function holderOf(own: Project): Promise<number | undefined> {
  const { state, pid } = await pidfile.inspect(own.pidFile);
  return state === 'running' ? pid : undefined;
}

export async function gone(own: Project): Promise<void> {
  await until('the worker to leave', async () => (await holderOf(own)) === undefined);
}
