/** Hosts, workers and processes as the tests put them into a registry. */

import { randomUUID } from 'node:crypto';

import type { Member } from '../member.js';
import type { Connection } from './database.js';

/** Registers a host of this name and returns its id. */
export async function host(db: Connection, name = 'web1'): Promise<string> {
  const id = randomUUID();
  await db.query('select rodent.register_host($1, $2)', [id, name]);
  return id;
}

/** Registers a host with one worker of the type `mail.send`, and returns both ids. */
export async function worker(db: Connection): Promise<{ hostId: string; workerId: string }> {
  const [hostId, workerId] = [randomUUID(), randomUUID()];
  await db.query('select rodent.register_worker($1, $2, $3, $4)', [
    workerId,
    'mail.send',
    hostId,
    'web1',
  ]);
  return { hostId, workerId };
}

/** Registers a process for the worker and returns its id. */
export async function processOf(db: Connection, workerId: string, pid = 100): Promise<string> {
  const id = randomUUID();
  await db.query('select rodent.register_process($1, $2, $3)', [id, workerId, pid]);
  return id;
}

/** Makes the last heartbeat of the process so old. */
export async function age(db: Connection, id: string, interval: string): Promise<void> {
  await db.query(
    'update rodent.processes set heartbeat_at = clock_timestamp() - $2::interval where id = $1',
    [id, interval],
  );
}

/** Has the process count as lost when its heartbeat is so old. */
export async function limit(db: Connection, id: string, interval: string): Promise<void> {
  await db.query('update rodent.processes set lost_after = $2::interval where id = $1', [
    id,
    interval,
  ]);
}

/** The ids of all registered processes, in order. */
export function processIds(db: Connection): Promise<readonly unknown[]> {
  return db.column('select id from rodent.processes order by id');
}

/** A process that a supervisor keeps. */
export function member(changes: Partial<Member> = {}): Member {
  return {
    id: randomUUID(),
    kind: 'http',
    name: 'http-1',
    pid: 4242,
    state: 'RUNNING',
    version: '1.0.0',
    memoryBytes: 50_000_000,
    startedAt: '2026-01-01T00:00:00.000Z',
    ...changes,
  };
}

/** `count` of them, their ids in order. */
export function members(count: number): readonly Member[] {
  return Array.from({ length: count }, (_, index) =>
    member({ name: `http-${index + 1}` }),
  ).toSorted((a, b) => (a.id < b.id ? -1 : 1));
}

/** The ids in order, as the database sorts them. */
export function sorted(ids: readonly unknown[]): readonly string[] {
  return ids.map(String).toSorted();
}
