-- Who may do what.
\set ON_ERROR_STOP on
begin;
select no_plan();
\ir fixture/small.sql

select has_role(name) from unnest(array[
    'trialbase_admin', 'trialbase_ingest', 'trialbase_worker', 'trialbase_analyst']::name[]) as r (name);

create temporary view our_relation as
select c.oid, c.oid::regclass::text as name, n.nspname, c.relkind
from pg_catalog.pg_class as c
join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
where n.nspname in ('core', 'task', 'photometry', 'imaging', 'model', 'engine', 'store', 'analysis')
    and c.relkind in ('r', 'p', 'v', 'm', 'f');

select is_empty(
    $$
    select role_name, our_relation.name
    from our_relation
    cross join unnest(array['trialbase_analyst', 'trialbase_ingest', 'trialbase_worker']) as r (role_name)
    where not has_table_privilege(role_name, our_relation.oid, 'select')
    $$,
    'analysts, ingest and workers read every table and view');
select is_empty(
    $$
    select our_relation.name, privilege
    from our_relation
    cross join unnest(array['insert', 'update', 'delete', 'truncate', 'references', 'trigger']) as p (privilege)
    where has_table_privilege('trialbase_analyst', our_relation.oid, privilege)
    $$,
    'analysts change no table');
select is_empty(
    $$
    select nspname from pg_catalog.pg_namespace
    where nspname in ('units', 'core', 'task', 'photometry', 'imaging', 'model', 'engine', 'store', 'analysis')
        and has_schema_privilege('trialbase_analyst', oid, 'create')
    $$,
    'analysts make nothing in our schemas');
select is_empty(
    $$
    select p.oid::regprocedure::text
    from pg_catalog.pg_proc as p
    join pg_catalog.pg_namespace as n on n.oid = p.pronamespace
    where n.nspname in ('core', 'task', 'engine', 'store', 'analysis')
        and p.prosecdef
        and has_function_privilege('trialbase_analyst', p.oid, 'execute')
    $$,
    'analysts call no function that runs with its owner''s rights');
select is_empty(
    $$
    select our_relation.name, acl.privilege_type
    from our_relation
    join pg_catalog.pg_class as c using (oid)
    cross join lateral aclexplode(c.relacl) as acl
    where acl.grantee = 0
    union all
    select n.nspname, acl.privilege_type
    from pg_catalog.pg_namespace as n
    cross join lateral aclexplode(n.nspacl) as acl
    where acl.grantee = 0
        and n.nspname in ('units', 'core', 'task', 'photometry', 'imaging', 'model', 'engine', 'store', 'analysis')
    union all
    select p.oid::regprocedure::text, 'execute'
    from pg_catalog.pg_proc as p
    join pg_catalog.pg_namespace as n on n.oid = p.pronamespace
    cross join lateral aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) as acl
    where acl.grantee = 0
        and n.nspname in ('core', 'task', 'photometry', 'imaging', 'model', 'engine', 'store', 'analysis')
    $$,
    'the public may do nothing');

-- Ingest writes what is loaded and never what is computed.
select is_empty(
    $$
    select our_relation.name, privilege
    from our_relation
    cross join unnest(array['insert', 'update', 'delete']) as p (privilege)
    where relkind in ('r', 'p')
        and (nspname in ('core', 'store') or our_relation.name in (
            select table_name from engine.table_info
            where table_name like 'task.%' and tier = 'imported'))
        and not has_table_privilege('trialbase_ingest', our_relation.oid, privilege)
    $$,
    'ingest writes core, store and the imported tables of task');
select is_empty(
    $$
    select i.table_name, role_name, privilege
    from engine.table_info as i
    left join engine.table_info as m on m.table_name = i.master
    cross join unnest(array['insert', 'update', 'delete', 'truncate']) as p (privilege)
    cross join unnest(array['trialbase_ingest', 'trialbase_analyst']) as r (role_name)
    where 'computed' in (i.tier::text, m.tier::text)
        and has_table_privilege(role_name, i.table_name, privilege)
    $$,
    'neither ingest nor analysts write computed tables or their parts');
select is_empty(
    $$
    select our_relation.name, privilege
    from our_relation
    cross join unnest(array['insert', 'update', 'delete', 'truncate']) as p (privilege)
    where nspname in ('core', 'store', 'analysis')
        and has_table_privilege('trialbase_worker', our_relation.oid, privilege)
        and (our_relation.name, privilege) <> ('store."array"', 'insert')
    $$,
    'workers write neither core nor store, but for the arrays of their results');

-- The same, tried.
\ir fixture/pgtap_for_all.sql

set local role trialbase_analyst;
select is((select count(*) from task.choice_trial), 13::bigint, 'an analyst reads trials');
select is((select count(*) from analysis.trial), 13::bigint, 'an analyst reads views');
select is((select count(*) from core.session_context), 6::bigint, 'with what stands behind them');
select throws_ok('delete from task.choice_trial', '42501', null, 'an analyst deletes no trial');
select throws_ok('update core.session set narrative = ''x''', '42501', null, 'an analyst updates no session');
select throws_ok('insert into core.member (user_name) values (''eve'')', '42501', null, 'an analyst inserts nothing');
select throws_ok('truncate core.session_issue', '42501', null, 'an analyst truncates nothing');
select throws_ok('create table analysis.mine (x integer)', '42501', null, 'an analyst creates no table');
reset role;

set local role trialbase_ingest;
select lives_ok(
    $$ insert into core.lab (lab_name, time_zone) values ('gamma', 'Asia/Tokyo') $$, 'ingest adds a lab');
select lives_ok(
    $$ update task.choice_trial set reward_volume_ul = 1.5 where trial = 1 $$, 'ingest corrects trials');
reset role;

-- Tables to come are readable at once.
create table task.of_tomorrow (session_id uuid);
create view analysis.of_tomorrow as select * from task.of_tomorrow;
select ok(has_table_privilege('trialbase_analyst', 'task.of_tomorrow', 'select'), 'analysts read tables to come');
select ok(has_table_privilege('trialbase_analyst', 'analysis.of_tomorrow', 'select'), 'and views');
select ok(not has_table_privilege('trialbase_analyst', 'task.of_tomorrow', 'insert'), 'and only read them');
select ok(
    not has_table_privilege('trialbase_ingest', 'task.of_tomorrow', 'insert'), 'ingest does not write them by itself');

select * from finish();
rollback;
