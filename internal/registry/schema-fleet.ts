/** The SQL functions that show the fleet to those who may not read its tables. */

/**
 * Numbers are double precision, and instants text: what a client gets is what it can reckon with. Each
 * call is planned for what it asks: a plan for all of them would read the whole table for one page.
 */
export const FLEET = `
create function rodent.list_hosts(of_host uuid default null)
returns table (id uuid, name text, version text, registered_at text, heartbeat_age_ms double precision,
  processes integer)
language plpgsql stable security definer set search_path = rodent, pg_temp
set plan_cache_mode = force_custom_plan as $$
#variable_conflict use_column
begin
  return query select h.id, h.name, h.version,
    to_char(h.registered_at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
    round(extract(epoch from clock_timestamp() - greatest(h.heartbeat_at, c.heartbeat_at)) * 1000)::float8,
    coalesce(c.processes, 0)
  from hosts h left join (
    select p.host_id, count(*)::integer as processes, max(p.heartbeat_at) as heartbeat_at
    from processes p group by p.host_id) c on c.host_id = h.id
  where list_hosts.of_host is null or h.id = list_hosts.of_host
  order by h.name, h.id;
end $$;
comment on function rodent.list_hosts(uuid) is
  'The hosts, or the one, by name: how many processes each has, and the age of the youngest heartbeat.';

create function rodent.list_processes(of_host uuid default null, after_id uuid default null,
  at_most integer default null)
returns table (id uuid, host_id uuid, host_name text, worker_id uuid, worker_type text, parent_id uuid,
  kind text, name text, pid integer, state text, version text, memory_bytes double precision,
  started_at text, heartbeat_age_ms double precision, lost_after_ms double precision,
  termination_requested boolean)
language plpgsql stable security definer set search_path = rodent, pg_temp
set plan_cache_mode = force_custom_plan as $$
#variable_conflict use_column
begin
  return query select p.id, p.host_id, h.name, p.worker_id, w.worker_type, p.parent_id, p.kind, p.name, p.pid,
    p.state, p.version, p.memory_bytes::float8,
    to_char(p.started_at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
    round(extract(epoch from clock_timestamp() - p.heartbeat_at) * 1000)::float8,
    extract(epoch from p.lost_after)::float8 * 1000, p.termination_requested
  from processes p
    join hosts h on h.id = p.host_id
    left join workers w on w.id = p.worker_id
  where (list_processes.of_host is null or p.host_id = list_processes.of_host)
    and (list_processes.after_id is null or p.id > list_processes.after_id)
  order by p.id
  limit list_processes.at_most;
end $$;
comment on function rodent.list_processes(uuid, uuid, integer) is
  'The processes of all hosts, or of one, by id: at most so many, those after the given id.';
`;
