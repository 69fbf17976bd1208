-- Privileges once more for whoever runs this migrate (default privileges are kept per creating role), and for
-- what others made meanwhile. Safe to run again.

alter default privileges revoke execute on functions from public;
alter default privileges in schema core, task, photometry, imaging, model, engine, store, analysis
    grant select on tables to trialbase_ingest, trialbase_worker, trialbase_analyst;
alter default privileges in schema core, task, photometry, imaging, model, engine, store, analysis
    grant all on tables to trialbase_admin;
alter default privileges in schema core, store
    grant insert, update, delete on tables to trialbase_ingest;
alter default privileges in schema core, task, photometry, imaging, model, store, analysis
    grant execute on functions
    to trialbase_admin, trialbase_ingest, trialbase_worker, trialbase_analyst;
alter default privileges in schema engine grant execute on functions to trialbase_admin;

grant select on all tables in schema core, task, photometry, imaging, model, engine, store, analysis
    to trialbase_ingest, trialbase_worker, trialbase_analyst;
grant all on all tables in schema core, task, photometry, imaging, model, engine, store, analysis
    to trialbase_admin;
grant insert, update, delete on all tables in schema core, store to trialbase_ingest;

-- Functions that run with their caller's rights can be everybody's; those that run with their owner's are
-- granted by name where they are defined.
do $$
declare
    function_row record;
begin
    for function_row in
        select p.oid::regprocedure as signature, p.prosecdef
        from pg_catalog.pg_proc as p
        where p.pronamespace in (
                'core'::regnamespace, 'task'::regnamespace, 'photometry'::regnamespace,
                'imaging'::regnamespace, 'model'::regnamespace, 'engine'::regnamespace,
                'store'::regnamespace, 'analysis'::regnamespace
            )
            and p.prokind in ('f', 'w', 'a')
    loop
        execute format('revoke execute on function %s from public', function_row.signature);
        if not function_row.prosecdef then
            execute format(
                'grant execute on function %s to trialbase_admin, trialbase_ingest, trialbase_worker, '
                'trialbase_analyst',
                function_row.signature
            );
        end if;
    end loop;
end
$$;
