/** The SQL function that removes processes that nobody hears of any more. */

export const REAPER = `
create function rodent.reap(lost_after interval) returns setof uuid
language plpgsql security definer set search_path = rodent, pg_temp as $$
#variable_conflict use_column
declare
  reaper reaper;
  now_at timestamptz;
begin
  select r.* into reaper from reaper r for update skip locked;
  if not found then
    return;
  end if;
  now_at := clock_timestamp();
  -- Nobody has swept for so long: the fleet or the way to the database was away, and whoever is first
  -- to be back must not take the others for lost.
  if now_at - reaper.ran_at > reap.lost_after then
    reaper.spares_until := now_at + reap.lost_after;
  end if;
  update reaper r set ran_at = now_at, spares_until = reaper.spares_until;
  if now_at < greatest(reaper.spares_until, pg_postmaster_start_time() + reap.lost_after) then
    return;
  end if;
  return query
    delete from processes p where p.id in (
      select q.id from processes q where q.heartbeat_at < now_at - reap.lost_after
      order by q.id for update skip locked)
    returning p.id;
  delete from workers w where w.id in (
    select u.id from workers u
    where not u.is_wanted and not exists (select from processes p where p.worker_id = u.id)
    order by u.id for update skip locked);
end $$;
comment on function rodent.reap(interval) is
  'Removes the processes whose heartbeat is older than lost_after and returns their ids; with them go '
  'workers that were scaled away. Removes nothing within lost_after of the start of the server, or of '
  'the end of a time of that length without a call: then everybody is given the time to beat again. '
  'What another transaction holds is passed over. The clock of the database judges.';
`;
