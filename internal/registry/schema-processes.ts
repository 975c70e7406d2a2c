/** The SQL functions by which a process registers itself, beats and leaves. */

/** Each is a definer function: a role may call them without a privilege on the tables. */
export const PROCESSES = `
create function rodent.session_process_id() returns uuid
language plpgsql stable set search_path = rodent, pg_temp as $$
declare
  given constant text := current_setting('application_name');
begin
  if given ~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then
    return given::uuid;
  end if;
  raise exception using
    errcode = 'invalid_parameter_value',
    message = format('The application_name "%s" of this connection is not the id of a process.', given),
    hint = 'Connect with a UUID as application_name, or use the form that takes the process id.';
end $$;
comment on function rodent.session_process_id() is
  'The process id that this connection carries as its application_name; an error where it is no UUID.';

create function rodent.register_host(host_id uuid, host_name text) returns void
language plpgsql security definer set search_path = rodent, pg_temp as $$
#variable_conflict use_column
begin
  insert into hosts as h (id, name) values (register_host.host_id, register_host.host_name)
  on conflict (id) do update set name = excluded.name where h.name is distinct from excluded.name;
end $$;
comment on function rodent.register_host(uuid, text) is
  'Makes the host known; a known one gets its new name.';

create function rodent.process_of_worker(worker_id uuid,
  out process_id uuid, out host_id uuid, out host_name text, out pid integer,
  out heartbeat_age interval)
language sql stable security definer set search_path = rodent, pg_temp as $$
  select p.id, p.host_id, h.name, p.pid, clock_timestamp() - p.heartbeat_at
  from processes p join hosts h on h.id = p.host_id
  where p.worker_id = process_of_worker.worker_id
$$;
comment on function rodent.process_of_worker(uuid) is
  'The process that runs the worker, with its host, pid and age of heartbeat; nulls where none does.';

create function rodent.register_process(process_id uuid, worker_id uuid, pid integer,
  dead_pid integer default null, lost_after interval default '60 seconds') returns void
language plpgsql security definer set search_path = rodent, pg_temp as $$
#variable_conflict use_column
declare
  worker workers;
  holder processes;
  age interval;
begin
  -- Whoever registers for the same worker waits here, and then sees what the first has done.
  select w.* into worker from workers w where w.id = register_process.worker_id for no key update;
  if not found then
    raise exception using
      errcode = 'foreign_key_violation',
      message = format('There is no worker "%s".', register_process.worker_id),
      hint = 'Register it first: register_worker, get_or_create_worker_id or scale_up.';
  end if;
  perform from processes p
    where p.worker_id = worker.id or p.id = register_process.process_id order by p.id for update;
  select p.* into holder from processes p
    where p.worker_id = worker.id and p.id <> register_process.process_id;
  if found then
    age := clock_timestamp() - holder.heartbeat_at;
    if age <= holder.lost_after
      and (register_process.dead_pid is null or holder.pid is distinct from register_process.dead_pid)
    then
      raise exception using
        errcode = 'unique_violation',
        message = format('The worker "%s" is run by the process "%s" already.', worker.id, holder.id),
        detail = format('Its pid is %s on host "%s", its last heartbeat is %s s old.',
          coalesce(holder.pid::text, 'unknown'), holder.host_id, round(extract(epoch from age), 1)),
        hint = format('It is taken over once that is %s s old, or at once when its pid is given as '
          'dead_pid.', extract(epoch from holder.lost_after)::float8);
    end if;
    delete from processes p where p.id = holder.id;
  end if;
  insert into processes as p (id, host_id, worker_id, pid, kind, name, state, termination_requested,
    lost_after)
  values (register_process.process_id, worker.host_id, worker.id, register_process.pid,
    'worker', worker.worker_type, 'RUNNING', not worker.is_wanted, register_process.lost_after)
  on conflict (id) do update
    set worker_id = excluded.worker_id, pid = coalesce(excluded.pid, p.pid),
      heartbeat_at = clock_timestamp(), lost_after = excluded.lost_after,
      termination_requested = p.termination_requested or excluded.termination_requested
    where p.worker_id is null or p.worker_id = excluded.worker_id;
  if not found then
    raise exception using
      errcode = 'unique_violation',
      message = format('The process "%s" runs another worker than "%s" already.',
        register_process.process_id, worker.id);
  end if;
end $$;
comment on function rodent.register_process(uuid, uuid, integer, integer, interval) is
  'The process runs the worker from now on, and counts as lost when its heartbeat is older than '
  'lost_after; again is harmless. A worker that another process runs is taken over when that one counts '
  'as lost, or when dead_pid is its pid: the caller, on the host of the worker, has seen it dead. Else '
  'unique_violation. What was scaled away is to leave at once.';

create function rodent.register_process(worker_id uuid) returns void
language sql security definer set search_path = rodent, pg_temp as $$
  select register_process(session_process_id(), register_process.worker_id, null::integer)
$$;
comment on function rodent.register_process(uuid) is
  'The process that the application_name names runs the worker from now on; see the longer form.';

create function rodent.keepalive(process_id uuid) returns boolean
language sql security definer set search_path = rodent, pg_temp as $$
  with beat as (
    update processes p set heartbeat_at = clock_timestamp()
    where p.id = keepalive.process_id
    returning not p.termination_requested as may_run
  )
  select coalesce((select may_run from beat), false)
$$;
comment on function rodent.keepalive(uuid) is
  'Beats for the process. False when it is to leave: its row is gone, or asks for termination.';

create function rodent.keepalive() returns boolean
language sql security definer set search_path = rodent, pg_temp as $$
  select keepalive(session_process_id())
$$;
comment on function rodent.keepalive() is 'Beats for the process that the application_name names.';

create function rodent.disconnect(process_id uuid) returns void
language plpgsql security definer set search_path = rodent, pg_temp as $$
#variable_conflict use_column
declare
  worker uuid;
begin
  -- The worker first, as everywhere: its row is what scaling and registering wait for.
  select w.id into worker from workers w
    where w.id = (select p.worker_id from processes p where p.id = disconnect.process_id)
    for no key update;
  delete from processes p where p.id = disconnect.process_id;
  delete from workers w where w.id = worker and not w.is_wanted;
end $$;
comment on function rodent.disconnect(uuid) is
  'The process has left; so has its worker, if it was scaled away. Again is harmless.';

create function rodent.disconnect() returns void
language sql security definer set search_path = rodent, pg_temp as $$
  select disconnect(session_process_id())
$$;
comment on function rodent.disconnect() is 'The process that the application_name names has left.';

create function rodent.request_process_termination(process_id uuid) returns boolean
language plpgsql security definer set search_path = rodent, pg_temp as $$
#variable_conflict use_column
declare
  host uuid;
begin
  update processes p set termination_requested = true
    where p.id = request_process_termination.process_id returning p.host_id into host;
  if not found then
    return false;
  end if;
  perform pg_notify('rodent_registry', host::text);
  return true;
end $$;
comment on function rodent.request_process_termination(uuid) is
  'Asks the process to leave: its next heartbeat tells it. False when there is no such process.';
`;
