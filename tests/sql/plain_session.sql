-- What somebody meets who connects with psql and nothing else: the tables and views for people, by their bare names.
\set ON_ERROR_STOP on
set client_min_messages = error;
begin;
select no_plan();
\ir fixture/small.sql
\ir fixture/pgtap_for_all.sql

-- As the database has it for sessions that ask for nothing.
select coalesce((
    select substr(c, length('search_path=') + 1)
    from pg_catalog.pg_db_role_setting as s cross join lateral unnest(s.setconfig) as c
    where s.setdatabase = (select oid from pg_catalog.pg_database where datname = current_database()) and s.setrole = 0
        and c like 'search\_path=%'), '') as path \gset
select isnt(:'path'::text, '', 'the database has a search path');
select set_config('search_path', :'path', true);
set local role trialbase_analyst;

-- psql's \dt and \dv list relations of these kinds that are visible.
create temporary view listed as
select n.nspname::text as schema, c.relname::text as name
from pg_catalog.pg_class as c
join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
where c.relkind in ('r', 'p', 'v', 'm')
    and n.nspname not in ('pg_catalog', 'information_schema')
    and n.nspname not like 'pg\_temp%'
    and not exists (select from pg_catalog.pg_depend as d where d.objid = c.oid and d.deptype = 'e')
    and pg_catalog.pg_table_is_visible(c.oid);
select is_empty(
    $$ select schema, name from listed where name like '%\_job' or name like '%\_key\_source' or schema like 'engine%' $$,
    'neither \dt nor \dv lists a queue or a key source');
select set_has(
    'select schema, name from listed',
    $$ values ('analysis', 'trial'), ('analysis', 'session'), ('analysis', 'subject'), ('core', 'lab'), ('core', 'weighing'),
              ('task', 'choice_trial'), ('task', 'reaction_time'), ('photometry', 'recording'), ('store', 'array') $$,
    'they list the views and tables for people');
select is_empty(
    $$ select t.table_name from engine.table_info as t
       where split_part(t.table_name, '.', 1) in ('core', 'task', 'photometry', 'store')
           and not exists (select from listed as l where t.table_name = l.schema || '.' || l.name)
           and not exists (select from listed as l where l.schema = 'analysis' and l.name = split_part(t.table_name, '.', 2))
           -- Two schemas have a table of this name.
           and not exists (select from listed as l where l.name = split_part(t.table_name, '.', 2)) $$,
    'every table is there, or the view that analysts use in its place');
select results_eq('select count(*) from trial', 'select count(*) from analysis.trial', 'trial is the analysts'' view');
select results_eq('select count(*) from session', 'select count(*) from analysis.session', 'so is session');
select is('subject'::regclass::oid, 'analysis.subject'::regclass::oid, 'so is subject');
select is(
    (select count(*) from task.reaction_time_job), (select count(*) from engine_job.task__reaction_time),
    'scripts find a queue by its old name');
select throws_ok('update task.reaction_time_job set state = ''ignored''', '42501', null, 'which analysts only read');
reset role;
set local role trialbase_admin;
select lives_ok('update task.reaction_time_job set priority = -1', 'and an administrator may change');
reset role;
select is((select min(priority) from engine_job.task__reaction_time), -1, 'as before');
select is_empty(
    $$ select nspname from pg_catalog.pg_namespace as n
       where nspname in ('imaging', 'model')
           and not exists (select from pg_catalog.pg_class as c where c.relnamespace = n.oid and c.relkind in ('r', 'p', 'v'))
           and obj_description(n.oid, 'pg_namespace') not like '%no tables yet%' $$,
    'a schema that is still empty says so');

select * from finish();
rollback;
