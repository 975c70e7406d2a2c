-- A queue of tasks. Workers claim one row each; what a process that died had claimed is claimed again.

create table tasks (
  id bigint generated always as identity primary key,
  request jsonb not null,
  -- Who works on it: the process id of the worker, as the registry knows it.
  process_id uuid,
  claimed_at timestamptz,
  attempts integer not null default 0,
  response jsonb,
  error text
);
create index tasks_open_idx on tasks (id) where response is null and error is null;

-- Claims the next task for the process, which must be registered; no row when there is nothing to do.
-- A claim counts while its process is registered and beats. A task that brought five processes down is
-- left alone.
create function tasks_next(claimer uuid) returns setof tasks
language sql as $$
  update tasks set process_id = claimer, claimed_at = now(), attempts = attempts + 1
  where id = (
    select t.id from tasks t
    where t.response is null and t.error is null and t.attempts < 5
      and exists (select from rodent.processes p where p.id = claimer)
      and not exists (
        select from rodent.processes p
        where p.id = t.process_id and p.heartbeat_at > clock_timestamp() - interval '60 seconds'
      )
    order by t.id
    limit 1
    for update skip locked
  )
  returning *
$$;

-- Both are false when the task is no longer this process's: somebody else has taken it over.
create function tasks_set_response(task bigint, claimer uuid, answer jsonb) returns boolean
language sql as $$
  with done as (
    update tasks set response = answer
    where id = task and process_id = claimer and response is null and error is null
    returning id
  )
  select exists (select from done)
$$;

create function tasks_set_error(task bigint, claimer uuid, reason text) returns boolean
language sql as $$
  with done as (
    update tasks set error = reason
    where id = task and process_id = claimer and response is null and error is null
    returning id
  )
  select exists (select from done)
$$;
