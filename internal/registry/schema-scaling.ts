/** The SQL functions that say which workers a host is to run. */

/** All lock the row of the host first: whoever scales it, or asks for a worker, takes turns. */
export const SCALING = `
create function rodent.lock_host(host_id uuid) returns void
language plpgsql set search_path = rodent, pg_temp as $$
#variable_conflict use_column
begin
  perform from hosts h where h.id = lock_host.host_id for no key update;
  if not found then
    raise exception using
      errcode = 'foreign_key_violation',
      message = format('There is no host "%s".', lock_host.host_id),
      hint = 'Register it first: register_host.';
  end if;
end $$;
comment on function rodent.lock_host(uuid) is
  'Takes the turn on this host for the rest of the transaction; an error for an unknown one.';

create function rodent.ensure_worker_type(worker_type text) returns void
language plpgsql set search_path = rodent, pg_temp as $$
#variable_conflict use_column
begin
  if coalesce(ensure_worker_type.worker_type, '') = '' then
    raise exception using
      errcode = 'invalid_parameter_value', message = 'A type of workers needs a name.';
  end if;
  insert into worker_types (worker_type) values (ensure_worker_type.worker_type)
  on conflict do nothing;
end $$;
comment on function rodent.ensure_worker_type(text) is 'Makes the type of workers where it is new.';

create function rodent.register_worker(worker_id uuid, worker_type text, host_id uuid, host_name text)
returns void
language plpgsql security definer set search_path = rodent, pg_temp as $$
#variable_conflict use_column
declare
  known workers;
begin
  perform register_host(register_worker.host_id, register_worker.host_name);
  perform ensure_worker_type(register_worker.worker_type);
  insert into workers (id, worker_type, host_id)
  values (register_worker.worker_id, register_worker.worker_type, register_worker.host_id)
  on conflict (id) do nothing;
  select w.* into known from workers w where w.id = register_worker.worker_id;
  if (known.worker_type, known.host_id)
    is distinct from (register_worker.worker_type, register_worker.host_id)
  then
    raise exception using
      errcode = 'integrity_constraint_violation',
      message = format('The registration of the worker "%s" is inconsistent: it is of type "%s" on '
        'host "%s", not of type "%s" on host "%s".', known.id, known.worker_type, known.host_id,
        register_worker.worker_type, register_worker.host_id);
  end if;
end $$;
comment on function rodent.register_worker(uuid, text, uuid, text) is
  'Makes the worker known, with its type and its host; again is harmless. An error ("inconsistent") '
  'when it is known with another type or host.';

create function rodent.get_or_create_worker_id(host_id uuid, worker_type text) returns uuid
language plpgsql security definer set search_path = rodent, pg_temp as $$
#variable_conflict use_column
declare
  found_id uuid;
begin
  perform lock_host(get_or_create_worker_id.host_id);
  select w.id into found_id from workers w
    where w.host_id = get_or_create_worker_id.host_id
      and w.worker_type = get_or_create_worker_id.worker_type and w.is_wanted
    order by w.created_at, w.id limit 1;
  if found_id is null then
    perform ensure_worker_type(get_or_create_worker_id.worker_type);
    insert into workers as w (host_id, worker_type)
    values (get_or_create_worker_id.host_id, get_or_create_worker_id.worker_type)
    returning w.id into found_id;
  end if;
  return found_id;
end $$;
comment on function rodent.get_or_create_worker_id(uuid, text) is
  'The oldest wanted worker of this type on this host; a new one where there is none.';

create function rodent.scale_up(host_id uuid, worker_type text, n integer) returns setof uuid
language plpgsql security definer set search_path = rodent, pg_temp as $$
#variable_conflict use_column
begin
  if n is null or n < 0 then
    raise exception using errcode = 'invalid_parameter_value',
      message = 'The number of workers must be 0 or more.';
  end if;
  perform lock_host(scale_up.host_id);
  perform ensure_worker_type(scale_up.worker_type);
  return query
    insert into workers as w (host_id, worker_type)
    select scale_up.host_id, scale_up.worker_type from generate_series(1, scale_up.n)
    returning w.id;
  perform pg_notify('rodent_registry', scale_up.host_id::text);
end $$;
comment on function rodent.scale_up(uuid, text, integer) is
  'The host is to run n more workers of this type; returns their ids. Makes the type where it is new.';

create function rodent.scale_down(host_id uuid, worker_type text, n integer) returns setof uuid
language plpgsql security definer set search_path = rodent, pg_temp as $$
#variable_conflict use_column
declare
  picked uuid[];
begin
  if n is null or n < 0 then
    raise exception using errcode = 'invalid_parameter_value',
      message = 'The number of workers must be 0 or more.';
  end if;
  perform lock_host(scale_down.host_id);
  -- Locked before their processes are looked at: from here on none of them registers or leaves.
  perform from workers w
    where w.host_id = scale_down.host_id and w.worker_type = scale_down.worker_type and w.is_wanted
    order by w.id for no key update;
  select coalesce(array_agg(c.id), '{}') into picked from (
    select w.id from workers w left join processes p on p.worker_id = w.id
    where w.host_id = scale_down.host_id and w.worker_type = scale_down.worker_type and w.is_wanted
    order by p.heartbeat_at nulls first, w.id
    limit scale_down.n) c;
  perform from processes p where p.worker_id = any (picked) order by p.id for no key update;
  update processes p set termination_requested = true where p.worker_id = any (picked);
  update workers w set is_wanted = false where w.id = any (picked);
  delete from workers w
    where w.id = any (picked) and not exists (select from processes p where p.worker_id = w.id);
  perform pg_notify('rodent_registry', scale_down.host_id::text);
  return query select unnest(picked);
end $$;
comment on function rodent.scale_down(uuid, text, integer) is
  'The host is to run n workers of this type less; returns the ids of those that it is to lose. First '
  'those without a process, which go at once, then those with the oldest heartbeat: their processes '
  'are asked to leave, and they go when they have.';

create function rodent.scale(host_id uuid, worker_type text, n integer)
returns table (worker_id uuid, is_wanted boolean)
language plpgsql security definer set search_path = rodent, pg_temp as $$
#variable_conflict use_column
declare
  missing integer;
begin
  if n is null or n < 0 then
    raise exception using errcode = 'invalid_parameter_value',
      message = 'The number of workers must be 0 or more.';
  end if;
  perform lock_host(scale.host_id);
  select scale.n - count(*) into missing from workers w
    where w.host_id = scale.host_id and w.worker_type = scale.worker_type and w.is_wanted;
  if missing > 0 then
    return query select u.id, true from scale_up(scale.host_id, scale.worker_type, missing) u (id);
  elsif missing < 0 then
    return query
      select d.id, false from scale_down(scale.host_id, scale.worker_type, -missing) d (id);
  end if;
end $$;
comment on function rodent.scale(uuid, text, integer) is
  'The host is to run n workers of this type, no more and no less; returns those that came (true) and '
  'those that are to go (false).';

create function rodent.wanted_workers(host_id uuid) returns table (id uuid, worker_type text)
language sql stable security definer set search_path = rodent, pg_temp as $$
  select w.id, w.worker_type from workers w
  where w.host_id = wanted_workers.host_id and w.is_wanted
  order by w.created_at, w.id
$$;
comment on function rodent.wanted_workers(uuid) is
  'The workers that the host is to run, the oldest first.';
`;
