/** The worker in the database: who it is, that it lives, that it has left. */

import * as errors from '../errors/index.js';
import * as postgres from '../postgres/index.js';
import type { Config } from './dictionary.js';

/** What the registration of a worker is made of. */
export type Registered = Pick<
  Config,
  'host_id' | 'host_name' | 'worker_id' | 'worker_type' | 'process_id'
>;

/** How a question to the database is limited. */
export interface Asking {
  readonly signal?: AbortSignal;
}

/**
 * Makes the host known to the database; a known one gets its new name.
 *
 * @throws RodentError SCHEMA_MISMATCH when the database has no schema of rodent.
 * Source: seed 001 section 10.1; R-UNI-16.
 */
export async function registerHost(
  config: Pick<Config, 'host_id' | 'host_name'>,
  connection: postgres.Database,
): Promise<void> {
  await ask(connection, ['select rodent.register_host($1, $2)', config.host_id, config.host_name]);
}

/**
 * Registers this process, which the application_name of `connection` names, for the worker.
 *
 * @throws RodentError ALREADY_RUNNING when another process is registered for it; NOT_FOUND when the
 *   database does not know the worker; SCHEMA_MISMATCH.
 * Source: seed 001 section 10.1; R-UNI-17.
 */
export async function registerProcess(
  config: Pick<Config, 'worker_id'>,
  connection: postgres.Database,
): Promise<void> {
  await ask(connection, ['select rodent.register_process($1)', config.worker_id]);
}

/**
 * Tells the database that this process lives. False when it is to end: its row is gone, or asks it to.
 *
 * @throws RodentError DATABASE_UNAVAILABLE and others when there is no answer.
 * Source: seed 001 section 10.1; R-UNI-18.
 */
export async function keepalive(connection: postgres.Database): Promise<boolean> {
  return isTrue(await ask(connection, ['select rodent.keepalive() as answer']));
}

/**
 * Takes this process out of the database and closes the connection, also where the first fails.
 *
 * @throws what the first failed with, once the connection is closed.
 * Source: seed 001 section 10; R-UNI-19.
 */
export async function disconnect(connection: postgres.Database): Promise<void> {
  try {
    await ask(connection, ['select rodent.disconnect()']);
  } finally {
    await connection.close();
  }
}

/** How a process is registered. */
export interface Registering extends Asking {
  /** The age of its heartbeat at which it counts as lost, in milliseconds. */
  readonly lostAfterMs: number;
  /**
   * Whether the worker is made known where it is not. Otherwise that only happens in a database that does
   * not know the host either, so that it must be another one: in the same, the worker was scaled away.
   */
  readonly mayCreate: boolean;
}

/**
 * Registers host, worker and process, each if need be, by explicit ids: a pooler may have dropped the
 * application_name. What a dead process of this worker left is taken over: the caller holds the lock of
 * the worker on this host, so nobody else of this host runs it.
 *
 * @throws RodentError NOT_FOUND when the worker is not known, see `mayCreate`; ALREADY_RUNNING when a
 *   process of another host runs it; SCHEMA_MISMATCH.
 */
export async function register(
  config: Registered,
  connection: postgres.Database,
  { lostAfterMs, mayCreate, ...asking }: Registering,
): Promise<void> {
  const { host_id: host, host_name: name, worker_id: worker, worker_type: type } = config;
  const tell = (...statement: Statement): Promise<Rows> => ask(connection, statement, asking);
  if (mayCreate || (await tell('select from rodent.list_hosts($1)', host)).length === 0)
    await tell('select rodent.register_worker($1, $2, $3, $4)', worker, type, host, name);
  const [holder] = await tell('select * from rodent.process_of_worker($1)', worker);
  const isOurs = holder?.['host_id'] === host && holder['process_id'] !== config.process_id;
  const dead = isOurs ? holder['pid'] : null;
  const limit = 'make_interval(secs => $5::float8 / 1000)';
  const statement = `select rodent.register_process($1, $2, $3, $4, ${limit})`;
  await tell(statement, config.process_id, worker, process.pid, dead, lostAfterMs);
}

/** As `keepalive`, by the explicit id. */
export async function beat(
  { process_id: id }: Pick<Config, 'process_id'>,
  connection: postgres.Database,
  asking: Asking = {},
): Promise<boolean> {
  return isTrue(await ask(connection, ['select rodent.keepalive($1) as answer', id], asking));
}

/** Takes the process out of the database by its explicit id; the connection stays open. */
export async function leave(
  { process_id: id }: Pick<Config, 'process_id'>,
  connection: postgres.Database,
  asking: Asking = {},
): Promise<void> {
  await ask(connection, ['select rodent.disconnect($1)', id], asking);
}

type Statement = readonly [text: string, ...values: readonly unknown[]];
type Rows = readonly Readonly<Record<string, unknown>>[];

async function ask(
  connection: postgres.Database,
  [text, ...values]: Statement,
  asking: Asking = {},
): Promise<Rows> {
  try {
    const { rows } = await connection.query<Readonly<Record<string, unknown>>>(
      text,
      values,
      asking,
    );
    return rows;
  } catch (error) {
    throw meaningOf(error);
  }
}

function isTrue([row]: Rows): boolean {
  return row?.['answer'] === true;
}

/** What the server says, in our words where it is one of the things that happen. */
function meaningOf(error: unknown): unknown {
  if (errors.hasCode(error, '23503')) {
    return new errors.RodentError(errors.describe(error), { code: 'NOT_FOUND', cause: error });
  }
  if (errors.hasCode(error, '23505')) {
    const detail = `Another process runs this worker: ${errors.describe(error)}`;
    return new errors.RodentError(detail, { code: 'ALREADY_RUNNING', cause: error });
  }
  return postgres.schemaFault(error);
}
