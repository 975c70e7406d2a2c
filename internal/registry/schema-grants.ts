/** Who may call what: the role that a fleet's processes have, and the grants to it. */

/**
 * PUBLIC, which by default may call every function, may call none of these. A role is the server's, not
 * the database's: it may be there already, or be made by another database at the same time.
 */
export const GRANTS = `
create function rodent.grant_to_worker_role() returns void
language plpgsql set search_path = rodent, pg_temp as $$
declare
  signature text;
begin
  grant usage on schema rodent to rodent_worker;
  -- Definer functions are those that are made to be called; the others only serve them.
  for signature in
    select p.oid::regprocedure::text from pg_proc p
    where p.pronamespace = 'rodent'::regnamespace and p.prosecdef
  loop
    execute format('grant execute on function %s to rodent_worker', signature);
  end loop;
  -- A service that may not migrate looks here whether somebody else did.
  if to_regclass('rodent.migrations') is not null then
    grant select on table rodent.migrations to rodent_worker;
  end if;
end $$;
comment on function rodent.grant_to_worker_role() is
  'Grants the role rodent_worker what the processes of a fleet call; no table but the list of migrations.';

revoke all on all functions in schema rodent from public;
revoke all on all tables in schema rodent from public;
revoke all on schema rodent from public;

do $$
begin
  if to_regrole('rodent_worker') is null then
    begin
      create role rodent_worker nologin;
    exception
      when duplicate_object or unique_violation then
        null;
      when insufficient_privilege then
        raise notice 'The role rodent_worker is missing and % may not make it: only % may call the '
          'functions of the schema rodent.', current_user, current_user
          using hint = 'As a superuser: create role rodent_worker nologin. '
            'Then as the owner: select rodent.grant_to_worker_role().';
    end;
  end if;
  if to_regrole('rodent_worker') is not null then
    perform rodent.grant_to_worker_role();
  end if;
end $$;
`;
