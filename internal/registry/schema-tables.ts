/** The tables of the registry, and how they are laid out for rows that change every few seconds. */

/**
 * A beat rewrites rows and never grows the tables: of each page so much is kept free that new versions
 * of all its rows find room in it (fillfactor; 45, since with half a page the pointers to them would be
 * too much), and no column that a beat changes stands in an index, so that the new version needs no
 * entry in one (heap-only tuples). Keep it so: an index on a heartbeat ends it.
 */
export const TABLES = `
create schema if not exists rodent;

create table rodent.hosts (
  id uuid primary key,
  name text not null,
  version text,
  registered_at timestamptz not null default clock_timestamp(),
  heartbeat_at timestamptz
) with (fillfactor = 45, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 500,
  autovacuum_vacuum_cost_delay = 0);
comment on table rodent.hosts is
  'The hosts of the fleet. A host that is gone stays, without processes.';
comment on column rodent.hosts.version is 'The version of rodent that last beat for it.';
comment on column rodent.hosts.heartbeat_at is
  'The last beat of its supervisor; null where none ever beat. Never index it.';

create table rodent.worker_types (
  worker_type text primary key
);
comment on table rodent.worker_types is
  'The kinds of workers, named after their script: opentdb.get for workers/opentdb/get.ts.';

create table rodent.workers (
  id uuid primary key default gen_random_uuid(),
  host_id uuid not null references rodent.hosts (id),
  worker_type text not null references rodent.worker_types (worker_type),
  command text,
  is_wanted boolean not null default true,
  created_at timestamptz not null default clock_timestamp()
);
comment on table rodent.workers is 'The workers that hosts are to run, each by one process at most.';
comment on column rodent.workers.command is
  'What a manager of the host is to do with it (start, stop, kill); null when nothing.';
comment on column rodent.workers.is_wanted is
  'False once it was scaled away: the row goes when its process has left.';
create index workers_host_id_worker_type_idx on rodent.workers (host_id, worker_type);
create index workers_unwanted_idx on rodent.workers (id) where not is_wanted;

create table rodent.processes (
  id uuid primary key default gen_random_uuid(),
  host_id uuid not null references rodent.hosts (id),
  worker_id uuid unique references rodent.workers (id),
  owner_id uuid,
  parent_id uuid,
  started_at timestamptz not null default clock_timestamp(),
  heartbeat_at timestamptz not null default clock_timestamp(),
  lost_after interval not null default '60 seconds',
  memory_bytes bigint,
  pid integer,
  termination_requested boolean not null default false,
  kind text not null,
  name text not null,
  state text not null,
  version text
) with (fillfactor = 45, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 500,
  autovacuum_vacuum_cost_delay = 0);
comment on table rodent.processes is
  'The processes that run. A row that is gone, or asks for termination, ends its process.';
comment on column rodent.processes.worker_id is
  'The worker that it runs; null for what a supervisor keeps by itself.';
comment on column rodent.processes.owner_id is
  'The roll whose beats keep the row; null for a process that beats by itself.';
comment on column rodent.processes.parent_id is 'The process of its supervisor.';
comment on column rodent.processes.started_at is 'By the clock of its host: shown, never reckoned with.';
comment on column rodent.processes.heartbeat_at is 'By the clock of the database. Never index it.';
comment on column rodent.processes.lost_after is
  'The age of its heartbeat at which it counts as lost: whoever beats says it, others judge by it.';
create index processes_host_id_idx on rodent.processes (host_id);
create index processes_owner_id_idx on rodent.processes (owner_id) where owner_id is not null;

create table rodent.reaper (
  is_only boolean primary key default true check (is_only),
  ran_at timestamptz not null default clock_timestamp(),
  resumed_at timestamptz not null default '-infinity'
) with (fillfactor = 50);
comment on table rodent.reaper is 'When the registry was last swept of lost processes; one row.';
comment on column rodent.reaper.resumed_at is
  'The end of the last time in which nobody swept: from then on everybody has his time to beat again.';
insert into rodent.reaper default values;
`;
