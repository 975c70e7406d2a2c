/** What the registry knows of the fleet, and what can be asked of it. */

import * as postgres from '../postgres/index.js';

/** What can be asked: a database, or a transaction in it. */
export type Asked = Pick<postgres.Database, 'query'>;

/** One registered process. Ages are milliseconds by the clock of the database. */
export interface ProcessRow {
  readonly id: string;
  readonly hostId: string;
  readonly hostName: string;
  /** The worker that it runs, where it registered as one. */
  readonly workerId?: string;
  readonly workerType?: string;
  /** The id of its supervisor. */
  readonly parentId?: string;
  readonly kind: string;
  readonly name: string;
  readonly pid?: number;
  readonly state: string;
  readonly version?: string;
  readonly memoryBytes?: number;
  /** ISO 8601 in UTC, by the clock of its host. */
  readonly startedAt: string;
  readonly heartbeatAgeMs: number;
  /** The age of its heartbeat at which it counts as lost, in milliseconds; its own host says it. */
  readonly lostAfterMs: number;
  /** It was asked to leave. */
  readonly isTerminationRequested: boolean;
}

/** One host. */
export interface HostRow {
  readonly id: string;
  readonly name: string;
  /** The version of rodent that last beat for it. */
  readonly version?: string;
  /** ISO 8601 in UTC. */
  readonly registeredAt: string;
  /** The age of the youngest heartbeat, in milliseconds; absent where none ever beat. */
  readonly heartbeatAgeMs?: number;
  /** How many processes it has. */
  readonly processes: number;
}

/** Which processes are listed. */
export interface ListOptions {
  /** Those of one host; default of all. */
  readonly hostId?: string;
  /** How many at most; default all. */
  readonly limit?: number;
  /** Those behind this id: the last of the page before. */
  readonly after?: string;
}

/** Returns the registered processes in the order of their ids. @throws RodentError SCHEMA_MISMATCH. */
export async function list(db: Asked, options: ListOptions = {}): Promise<readonly ProcessRow[]> {
  const { hostId, limit, after } = options;
  const rows = await ask<ProcessColumns>(db, 'select * from rodent.list_processes($1, $2, $3)', [
    hostId ?? null,
    after ?? null,
    limit ?? null,
  ]);
  return rows.map(processOf);
}

/** Returns the hosts by name, also those without processes. @throws RodentError SCHEMA_MISMATCH. */
export async function hosts(db: Asked): Promise<readonly HostRow[]> {
  const rows = await ask<HostColumns>(db, 'select * from rodent.list_hosts()');
  return rows.map(hostOf);
}

/** Asks the process `id` to leave, which its next heartbeat tells it; false where there is none. */
export async function requestTermination(db: Asked, id: string): Promise<boolean> {
  const rows = await ask<{ readonly done: boolean }>(
    db,
    'select rodent.request_process_termination($1) as done',
    [id],
  );
  return rows[0]?.done === true;
}

/** A worker that a host is to run. */
export interface WantedWorker {
  readonly id: string;
  /** After its script: `opentdb.get` for `workers/opentdb/get.ts`. */
  readonly type: string;
}

/** Returns the workers that the host is to run, the oldest first. */
export async function wantedWorkers(db: Asked, hostId: string): Promise<readonly WantedWorker[]> {
  const rows = await ask<{ readonly id: string; readonly worker_type: string }>(
    db,
    'select id, worker_type from rodent.wanted_workers($1)',
    [hostId],
  );
  return rows.map(({ id, worker_type }) => ({ id, type: worker_type }));
}

/** How many workers of which type a host is to run. */
export interface WorkerCount {
  readonly type: string;
  /** 0 or more. */
  readonly n: number;
}

/** The ids of the workers that came, and of those that are to go: now, or when their process has left. */
export interface Scaled {
  readonly added: readonly string[];
  readonly removed: readonly string[];
}

/** Has the host run exactly `n` workers of `type`, and tells it by a notification. */
export async function scale(db: Asked, hostId: string, count: WorkerCount): Promise<Scaled> {
  const rows = await ask<{ readonly worker_id: string; readonly is_wanted: boolean }>(
    db,
    'select worker_id, is_wanted from rodent.scale($1, $2, $3)',
    [hostId, count.type, count.n],
  );
  const idsOf = (isWanted: boolean): readonly string[] =>
    rows.filter((row) => row.is_wanted === isWanted).map(({ worker_id }) => worker_id);
  return { added: idsOf(true), removed: idsOf(false) };
}

interface HostColumns {
  readonly id: string;
  readonly name: string;
  readonly version: string | null;
  readonly registered_at: string;
  readonly heartbeat_age_ms: number | null;
  readonly processes: number;
}

interface ProcessColumns {
  readonly id: string;
  readonly host_id: string;
  readonly host_name: string;
  readonly worker_id: string | null;
  readonly worker_type: string | null;
  readonly parent_id: string | null;
  readonly kind: string;
  readonly name: string;
  readonly pid: number | null;
  readonly state: string;
  readonly version: string | null;
  readonly memory_bytes: number | null;
  readonly started_at: string;
  readonly heartbeat_age_ms: number;
  readonly lost_after_ms: number;
  readonly termination_requested: boolean;
}

function hostOf(row: HostColumns): HostRow {
  return {
    id: row.id,
    name: row.name,
    ...(row.version === null ? {} : { version: row.version }),
    registeredAt: row.registered_at,
    ...(row.heartbeat_age_ms === null ? {} : { heartbeatAgeMs: row.heartbeat_age_ms }),
    processes: row.processes,
  };
}

function processOf(row: ProcessColumns): ProcessRow {
  return {
    id: row.id,
    hostId: row.host_id,
    hostName: row.host_name,
    ...(row.worker_id === null ? {} : { workerId: row.worker_id }),
    ...(row.worker_type === null ? {} : { workerType: row.worker_type }),
    ...(row.parent_id === null ? {} : { parentId: row.parent_id }),
    kind: row.kind,
    name: row.name,
    ...(row.pid === null ? {} : { pid: row.pid }),
    state: row.state,
    ...(row.version === null ? {} : { version: row.version }),
    ...(row.memory_bytes === null ? {} : { memoryBytes: row.memory_bytes }),
    startedAt: row.started_at,
    heartbeatAgeMs: row.heartbeat_age_ms,
    lostAfterMs: row.lost_after_ms,
    isTerminationRequested: row.termination_requested,
  };
}

async function ask<Row extends object>(
  db: Asked,
  text: string,
  values: readonly unknown[] = [],
): Promise<readonly Row[]> {
  try {
    return (await db.query<Row>(text, values)).rows;
  } catch (error) {
    throw postgres.schemaFault(error);
  }
}
