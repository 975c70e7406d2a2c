/** Hosts that share one database: a project each, all of them on this machine. */

import { onTestFinished } from 'vitest';

import * as migrations from '../../internal/migrations/index.js';
import * as postgres from '../../internal/postgres/index.js';
import { database } from './database.js';
import { tempDir } from './folder.js';
import type { Project } from './rodent.js';
import { until } from './until.js';
import { supervised } from './workers.js';
import type { Supervised } from './workers.js';

/** A row of a query, by the names of its columns. */
export type FleetRow = Readonly<Record<string, unknown>>;

/** A process as the database has it. */
export interface FleetProcess {
  readonly id: string;
  readonly hostId: string;
  readonly workerId: string | null;
  readonly kind: string;
  readonly pid: number;
  readonly state: string;
}

export interface HostOptions {
  /** Lines of the service's configuration. */
  readonly conf?: readonly string[];
  /** Where the host finds the database; default: directly. */
  readonly url?: string;
  /** Adds to the project before its service starts. */
  readonly prepare?: (own: Project) => void;
}

/** A host whose service runs; every command that it runs finds the database. */
export interface Host extends Supervised {
  readonly id: string;
  /** Its processes in the database. */
  processes(kind?: string): Promise<readonly FleetProcess[]>;
}

export interface Fleet {
  readonly url: string;
  /** Asks the database, past any proxy. */
  rows(text: string, ...values: readonly unknown[]): Promise<readonly FleetRow[]>;
  /** Starts a host with this application; resolves when it is registered. */
  host(app: string, options?: HostOptions): Promise<Host>;
}

/** Beats so often that nobody waits for one, and a host that is lost soon is. */
const FAST = ['database.beat=200ms', 'database.lostAfter=2s'];

const PROCESSES = `
  select id, host_id as "hostId", worker_id as "workerId", kind, pid, state from rodent.processes
  where host_id = $1 and kind = coalesce($2, kind) order by kind, name, id`;

/** Makes a database for hosts, with its schema. */
export async function fleet(): Promise<Fleet> {
  const { url } = await database();
  const db = postgres.open({ address: { url }, applicationName: 'rodent test' });
  onTestFinished(() => db.close());
  await postgres.migrate(db, migrations.ALL);
  const ask = async <Row extends object>(
    text: string,
    values: readonly unknown[],
  ): Promise<readonly Row[]> => (await db.query<Row>(text, values)).rows;
  const idOf = async (pid: number | undefined): Promise<string> => {
    const text = `select host_id from rodent.processes where pid = $1 and kind = 'supervisor'`;
    const [row] = await until('the registration', async () => {
      const rows = await ask<{ readonly host_id: string }>(text, [pid]);
      return rows.length > 0 ? rows : undefined;
    });
    return row?.host_id ?? '';
  };
  return {
    url,
    rows: (text, ...values) => ask(text, values),
    host: async (app, { conf = [], url: way = url, prepare } = {}) => {
      const env = { DATABASE_URL: way, HOME: tempDir() };
      const own = await supervised(app, [...FAST, ...conf], env, prepare);
      const id = await idOf(own.pid());
      return {
        ...own,
        id,
        run: (args, more = {}) => own.run(args, { ...more, env: { ...env, ...more.env } }),
        processes: (kind?: string) => ask(PROCESSES, [id, kind]),
      };
    },
  };
}
