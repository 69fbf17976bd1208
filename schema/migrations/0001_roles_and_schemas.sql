-- Schemas, roles and the privileges that later objects are born with.
--
-- Roles belong to the whole cluster, and two databases of it may be migrated at the same moment: a role that
-- another migration has just made is no error. Privileges for objects to come are kept per creating role, so
-- they are set here for whoever runs the migrations; schema/objects/zz_grants.sql sets them again at every
-- migrate, for whoever runs that one, and repairs what was made meanwhile.

do $$
declare
    role_row record;
begin
    for role_row in
        select *
        from (values
            ('trialbase_admin', 'May change everything in a trialbase database.'),
            ('trialbase_ingest', 'Loads sources: writes core, store and the base tables of task; reads everything.'),
            ('trialbase_worker', 'Runs populate: writes computed tables only; reads everything.'),
            ('trialbase_analyst', 'Reads every table and view and changes nothing.')
        ) as roles (role_name, description)
    loop
        if not exists (select from pg_catalog.pg_roles where rolname = role_row.role_name) then
            begin
                execute format('create role %I nologin', role_row.role_name);
                execute format('comment on role %I is %L', role_row.role_name, role_row.description);
            exception
                when duplicate_object or unique_violation then
                    null;  -- another database's migration was faster
            end;
        end if;
    end loop;
end
$$;

create schema units;
comment on schema units is
    'Domains that carry a unit. All of them refuse NaN and infinity: a missing number is NULL.';
create schema core;
comment on schema core is
    'Labs, people, projects, subjects with their genetics and care, and sessions.';
create schema task;
comment on schema task is
    'Trials and behaviour: base tables loaded from files, and what is computed from them.';
create schema photometry;
comment on schema photometry is 'Fibre photometry: recordings, their quality and responses.';
create schema imaging;
comment on schema imaging is 'Calcium imaging and electrophysiology: recordings, their quality and responses.';
create schema model;
comment on schema model is 'Trained networks: their training, their trials and their analyses.';
create schema engine;
comment on schema engine is
    'Bookkeeping of computed tables: tiers, dependencies, jobs, runs, workers. Analysts rarely need it.';
create schema store;
comment on schema store is
    'Files: datasets of the sources and where their copies lie, and the arrays of our own HDF5 store.';
create schema analysis;
comment on schema analysis is
    'Views for analysts: one row per trial, session or subject, joined with names.';

revoke all on schema units, core, task, photometry, imaging, model, engine, store, analysis from public;
grant usage on schema units, core, task, photometry, imaging, model, engine, store, analysis
    to trialbase_admin, trialbase_ingest, trialbase_worker, trialbase_analyst;
grant create on schema units, core, task, photometry, imaging, model, engine, store, analysis
    to trialbase_admin;

-- Functions are executable by everybody unless that is taken away, and only the creating role's global default
-- can take it away. Analysts may use every schema, so a security-definer function would be theirs to call.
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
