/** The SQL function by which a supervisor beats for all its processes at once. */

/**
 * One statement per beat and host. Beats that name the same rows, in whatever order, wait for one another
 * instead of dead-locking: two of one host at its row; others because each locks all rows that it
 * touches at once, in the order of their ids. What a beat adds nobody else can have locked, so beats
 * that add rows take turns, which they rarely have to. The turn ends with the statement, also when its
 * client is dead; and no statement waits longer than 10 s for a row that somebody keeps locked, so that
 * one host in trouble holds up the first beats of the others for no longer than that.
 */
export const BEAT = `
create function rodent.beat_host(host_id uuid, host_name text, host_version text, owner_id uuid,
  members jsonb, last_beat jsonb, lost_after interval, out beat jsonb, out verdicts jsonb)
language plpgsql security definer set search_path = rodent, pg_temp set lock_timeout = '10s' as $$
#variable_conflict use_column
declare
  ids constant uuid[] := array(
    select m.id from jsonb_to_recordset(beat_host.members) as m (id uuid));
  last_at constant timestamptz := beat_host.last_beat ->> 'at';
  now_at timestamptz;
  held uuid[];
  server constant text := extract(epoch from pg_postmaster_start_time())::text;
  was_away boolean;
  left_workers uuid[];
begin
  insert into hosts as h (id, name, version, heartbeat_at)
  values (beat_host.host_id, beat_host.host_name, beat_host.host_version, clock_timestamp())
  on conflict (id) do update
    set name = excluded.name, version = excluded.version, heartbeat_at = excluded.heartbeat_at;

  if beat_host.last_beat is null
    or beat_host.last_beat ->> 'server' is distinct from server
    or clock_timestamp() - last_at > beat_host.lost_after / 2
    or exists (select from jsonb_to_recordset(beat_host.members) as m (is_known boolean)
      where not m.is_known)
  then
    perform pg_advisory_xact_lock(hashtextextended('rodent.beat_host', 0));
  end if;
  perform from workers w
    where w.id in (select p.worker_id from processes p
      where p.owner_id = beat_host.owner_id and p.id <> all (ids))
    order by w.id for no key update;
  held := array(
    select p.id from processes p where p.id = any (ids) or p.owner_id = beat_host.owner_id
    order by p.id for no key update);

  -- Away from this server for so long that others took its rows for lost, or beating to another one
  -- since (a restart, a failover to a copy that may lack the last rows): a missing row then is nobody's
  -- wish, and is written again. The database's clock says so, both times; and says it here, since a row
  -- that is missing went before this moment, and was last dated when the last beat was.
  now_at := clock_timestamp();
  was_away := beat_host.last_beat is null
    or beat_host.last_beat ->> 'server' is distinct from server
    or now_at - last_at > beat_host.lost_after;

  -- What this roll kept and does not name any more has ended, and with it what was scaled away.
  with gone as (
    delete from processes p
    where p.id = any (held) and p.owner_id = beat_host.owner_id and p.id <> all (ids)
    returning p.worker_id
  )
  select array_agg(g.worker_id) into left_workers from gone g where g.worker_id is not null;
  delete from workers w where w.id = any (left_workers) and not w.is_wanted;

  update processes p
  set heartbeat_at = now_at, parent_id = m.parent_id, kind = m.kind, name = m.name,
    pid = m.pid, state = m.state, version = m.version, memory_bytes = m.memory_bytes,
    lost_after = beat_host.lost_after,
    -- A row that is new to this roll is its own from now on: it succeeds whoever kept it. The one that
    -- knew it before does not take it back.
    owner_id = coalesce(case when m.is_known then p.owner_id end, beat_host.owner_id)
  from jsonb_to_recordset(beat_host.members) as m (id uuid, parent_id uuid, kind text, name text,
    pid integer, state text, version text, memory_bytes bigint, is_known boolean)
  where p.id = m.id and p.id = any (held);

  insert into processes as p (id, host_id, owner_id, parent_id, kind, name, pid, state, version,
    memory_bytes, started_at, heartbeat_at, lost_after)
  select distinct on (m.id) m.id, beat_host.host_id, beat_host.owner_id, m.parent_id, m.kind, m.name,
    m.pid, m.state, m.version, m.memory_bytes, coalesce(m.started_at, now_at), now_at,
    beat_host.lost_after
  from jsonb_to_recordset(beat_host.members) as m (id uuid, parent_id uuid, kind text, name text,
    pid integer, state text, version text, memory_bytes bigint, started_at timestamptz,
    is_known boolean)
  where (was_away or not m.is_known) and not exists (select from processes p where p.id = m.id)
  order by m.id
  on conflict (id) do nothing;

  select coalesce(jsonb_object_agg(i.id, case
      when p.id is null then 'removed' when p.termination_requested then 'requested' else 'ok' end),
    '{}')
  into verdicts from unnest(ids) i (id) left join processes p on p.id = i.id;
  beat := jsonb_build_object('at', now_at, 'server', server);
end $$;
comment on function rodent.beat_host(uuid, text, text, uuid, jsonb, jsonb, interval) is
  'Beats for a host and for all processes of one supervisor there: members is what it keeps now, as '
  '[{id, parent_id, kind, name, pid, state, version, memory_bytes, started_at, is_known}], is_known for '
  'what its last beat named too; owner_id is its roll; last_beat is what its last beat returned as beat; '
  'lost_after is the age of its heartbeats at which others may take these processes for lost. '
  'New members are registered, those that it does not name any more are removed; another roll of the '
  'same host keeps its own. Returns for each id ok, requested (is to leave) or removed (is to leave: its '
  'row was there and is not), the last only when the roll was not away for longer than lost_after.';
`;
