/** The SQL function that removes processes that nobody hears of any more. */

export const REAPER = `
create function rodent.reap(lost_after interval) returns setof uuid
language plpgsql security definer set search_path = rodent, pg_temp as $$
#variable_conflict use_column
declare
  reaper reaper;
  now_at timestamptz;
  since timestamptz;
begin
  select r.* into reaper from reaper r for update skip locked;
  if not found then
    return;
  end if;
  now_at := clock_timestamp();
  -- Nobody has swept for so long: the fleet or the way to the database was away, and whoever is first
  -- to be back must not take the others for lost.
  if now_at - reaper.ran_at > reap.lost_after then
    reaper.resumed_at := now_at;
  end if;
  update reaper r set ran_at = now_at, resumed_at = reaper.resumed_at;
  since := greatest(reaper.resumed_at, pg_postmaster_start_time());
  return query
    delete from processes p where p.id in (
      select q.id from processes q where greatest(q.heartbeat_at, since) < now_at - q.lost_after
      order by q.id for update skip locked)
    returning p.id;
  delete from workers w where w.id in (
    select u.id from workers u
    where not u.is_wanted and not exists (select from processes p where p.worker_id = u.id)
    order by u.id for update skip locked);
end $$;
comment on function rodent.reap(interval) is
  'Removes the processes whose heartbeat is older than they said it may become (the column lost_after) '
  'and returns their ids; with them go workers that were scaled away. After the start of the server, and '
  'after a time without a call that is longer than the lost_after of the caller, everybody is given that '
  'time anew to beat again. What another transaction holds is passed over. The clock of the database '
  'judges.';
`;
