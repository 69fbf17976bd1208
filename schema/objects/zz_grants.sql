-- Privileges once more for whoever runs this migrate (default privileges are kept per creating role), and for
-- what others made meanwhile. Safe to run again.

alter default privileges revoke execute on functions from public;
alter default privileges in schema core, task, photometry, imaging, model, engine, store, analysis
    grant select on tables to trialbase_ingest, trialbase_worker, trialbase_analyst;
alter default privileges in schema core, task, photometry, imaging, model, engine, store, analysis
    grant all on tables to trialbase_admin;
alter default privileges in schema core, store
    grant insert, update, delete on tables to trialbase_ingest;
-- A function that has just been made may run with its owner's rights: nobody calls it before engine.grant_functions()
-- has looked at it. (Earlier versions gave it to our roles at once.)
alter default privileges in schema core, task, photometry, imaging, model, engine, store, analysis
    revoke execute on functions from trialbase_admin, trialbase_ingest, trialbase_worker, trialbase_analyst;

grant select on all tables in schema core, task, photometry, imaging, model, engine, store, analysis
    to trialbase_ingest, trialbase_worker, trialbase_analyst;
grant all on all tables in schema core, task, photometry, imaging, model, engine, store, analysis
    to trialbase_admin;
grant insert, update, delete on all tables in schema core, store to trialbase_ingest;

-- Who may call which function. A trigger function that runs with its owner's rights and that somebody else may hang
-- on a table of their own is a way to run code as the owner: relations of theirs stand in for its transition tables.
create or replace function engine.wanted_grants(p_function oid) returns text[]
language sql stable as $$
    select case
        -- Triggers fire without this right; it only serves to make other triggers with them.
        when p.prorettype in ('trigger'::regtype, 'event_trigger'::regtype) then '{}'
        -- With the caller's rights: everybody's who has a role of ours.
        when not p.prosecdef then '{trialbase_admin,trialbase_ingest,trialbase_worker,trialbase_analyst}'
        -- With the owner's rights: those that programs call, by name; all others are called by functions of ours alone.
        when n.nspname = 'engine' and p.proname ~ '__(refresh|set_state|stamps)$'
            then '{trialbase_admin,trialbase_ingest,trialbase_worker}'
        when n.nspname = 'engine' and (
            p.proname ~ '__(claim|claim_keys|begin_write|begin_write_one|settle|fail|hand_back)$'
            or p.proname in ('worker_start', 'worker_heartbeat', 'worker_stop', 'reclaim_expired', 'refuse_hand_made'))
            then '{trialbase_admin,trialbase_worker}'
        when n.nspname = 'engine' and p.proname ~ '__mark_stale$' then '{trialbase_admin}'  -- store.requeue_lost
        else '{}'
    end::text[]
    from pg_catalog.pg_proc as p
    join pg_catalog.pg_namespace as n on n.oid = p.pronamespace
    where p.oid = p_function;
$$;
comment on function engine.wanted_grants(oid) is
    'Which of our roles may call a function of ours; nobody else but its owner may. Functions with their owner''s rights are listed here by name.';

create or replace function engine.grant_functions() returns void
language plpgsql as $$
declare
    v_function record;
    v_role text;
begin
    -- Only what differs is touched.
    for v_function in
        select f.*
        from (
            select
                p.oid::regprocedure as signature,
                case p.prokind when 'p' then 'procedure' else 'function' end as kind,
                p.prosecdef or p.prorettype in ('trigger'::regtype, 'event_trigger'::regtype) as is_closed,
                engine.wanted_grants(p.oid) as wanted,
                array(
                    select case acl.grantee when 0 then 'public' else acl.grantee::regrole::text end
                    from aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) as acl
                    where acl.grantee <> p.proowner
                    order by 1
                ) as given
            from pg_catalog.pg_proc as p
            where p.pronamespace in (
                'core'::regnamespace, 'task'::regnamespace, 'photometry'::regnamespace,
                'imaging'::regnamespace, 'model'::regnamespace, 'engine'::regnamespace,
                'store'::regnamespace, 'analysis'::regnamespace
            )
        ) as f
        -- To others than our roles an administrator may have given what is harmless.
        where not f.given @> f.wanted
            or 'public' = any (f.given)
            or (f.is_closed and not f.wanted @> f.given)
    loop
        foreach v_role in array v_function.given loop
            if v_role <> all (v_function.wanted) and (v_function.is_closed or v_role = 'public') then
                execute format('revoke all on %s %s from %s cascade', v_function.kind, v_function.signature, v_role);
            end if;
        end loop;
        foreach v_role in array v_function.wanted loop
            if v_role <> all (v_function.given) then
                execute format('grant execute on %s %s to %s', v_function.kind, v_function.signature, v_role);
            end if;
        end loop;
    end loop;
end
$$;
comment on function engine.grant_functions() is
    'Gives every function of ours to those who are to call it and takes it from all others, whoever gave it. Part of every migrate.';
select engine.grant_functions();
