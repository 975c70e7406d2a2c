/** The database of a service, opened: the server where it is embedded, and what uses it. */

import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import type * as config from '../config/index.js';
import * as instance from '../instance/index.js';
import type * as lifecycle from '../lifecycle/index.js';
import type * as supervisor from '../supervisor/index.js';
import type { Companion } from './companion.js';
import type { DatabaseKind } from './database-place.js';
import { DatabaseServer, END_MS } from './database-server.js';
import type { Journal } from './journal.js';
import type { ServeOptions } from './options.js';
import * as privileges from './privileges.js';
import { ServiceDatabase } from './service-database.js';

export interface OpenDatabaseOptions {
  readonly kind: Exclude<DatabaseKind, 'off'>;
  readonly settings: config.Config;
  readonly serve: ServeOptions;
  readonly journal: Journal;
  /** The folder of the project. */
  readonly root: string;
  readonly observe: supervisor.Observer;
  /** Whether a predecessor runs until this process serves. */
  readonly isSuccessor: boolean;
}

/** More than leaving takes where the database hangs: a beat under way, the last one, the connections. */
const LEAVE_MS = 8000;

/**
 * Opens the database: an embedded one is prepared beside what follows, a configured one is looked at
 * first. One that does not answer is no reason not to start; one whose schema is another is.
 *
 * @throws RodentError SCHEMA_MISMATCH, DATABASE_REFUSED; EMBEDDED_DATABASE without binaries.
 */
export async function openDatabase(
  life: lifecycle.Lifecycle,
  options: OpenDatabaseOptions,
): Promise<Companion> {
  const server = options.kind === 'embedded' ? serverOf(options) : undefined;
  const database = new ServiceDatabase(life, { ...options, server });
  if (server !== undefined) {
    life.registerShutdownHook('database', (ctx) => server.stop(ctx), { timeoutMs: END_MS });
  }
  life.registerShutdownHook('registry', () => database.close(), { timeoutMs: LEAVE_MS });
  process.on('exit', () => database.killAll());
  await database.open();
  return database;
}

function serverOf({ settings, serve, journal, observe }: OpenDatabaseOptions): DatabaseServer {
  if (serve.uid === 0) openWay([settings.home, settings.get('data.dir')]);
  return new DatabaseServer({
    dir: path.join(settings.get('data.dir'), 'postgres'),
    runtimeDir: serve.runtimeDir ?? os.tmpdir(),
    env: serve.read.env,
    announcement: instance.announcementFile(settings),
    observe,
    onProblem: (error) => journal.error(error),
  });
}

/** The server never runs as root: its user has to pass through root's folders to the data. */
function openWay(folders: readonly string[]): void {
  for (const folder of folders) {
    fs.mkdirSync(folder, { recursive: true });
    privileges.letThrough(folder);
  }
}
