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
-- Every function of ours, for every role: ours, the public, and a login that has nothing.
create role roles_test_nobody login;
create temporary view our_function as
select
    p.oid,
    p.oid::regprocedure::text as name,
    p.prosecdef as is_as_owner,
    p.prorettype in ('trigger'::regtype, 'event_trigger'::regtype) as is_trigger,
    -- Of a generated function, what it does.
    n.nspname || '.' || regexp_replace(p.proname, '^.*__', '__') as what,
    p.proconfig
from pg_catalog.pg_proc as p
join pg_catalog.pg_namespace as n on n.oid = p.pronamespace
where n.nspname in ('units', 'core', 'task', 'photometry', 'imaging', 'model', 'engine', 'store', 'analysis');
create temporary view may_call as
select r.role_name, f.*
from our_function as f
cross join unnest(array[
    'public', 'roles_test_nobody', 'trialbase_analyst', 'trialbase_ingest', 'trialbase_worker', 'trialbase_admin'
]) as r (role_name)
where has_function_privilege(r.role_name, f.oid, 'execute');

select is_empty(
    $$ select role_name, name from may_call where is_trigger $$, 'nobody may make triggers with our trigger functions');
select is_empty(
    $$ select role_name, name from may_call where role_name in ('public', 'roles_test_nobody') $$,
    'who has no role of ours calls none of our functions');
create temporary table called_by (role_name text, what text);
insert into called_by values
    ('trialbase_worker', 'engine.worker_start'), ('trialbase_worker', 'engine.worker_heartbeat'),
    ('trialbase_worker', 'engine.worker_stop'), ('trialbase_worker', 'engine.reclaim_expired'),
    ('trialbase_worker', 'engine.refuse_hand_made'), ('trialbase_worker', 'engine.__claim'), ('trialbase_worker', 'engine.__claim_keys'),
    ('trialbase_worker', 'engine.__begin_write'), ('trialbase_worker', 'engine.__begin_write_one'),
    ('trialbase_worker', 'engine.__settle'), ('trialbase_worker', 'engine.__fail'),
    ('trialbase_worker', 'engine.__hand_back'), ('trialbase_worker', 'engine.__refresh'),
    ('trialbase_worker', 'engine.__set_state'), ('trialbase_worker', 'engine.__stamps'),
    ('trialbase_ingest', 'engine.__refresh'), ('trialbase_ingest', 'engine.__set_state'),
    ('trialbase_ingest', 'engine.__stamps');
insert into called_by select 'trialbase_admin', what from called_by where role_name = 'trialbase_worker';
insert into called_by values ('trialbase_admin', 'engine.__mark_stale');
select is_empty(
    $$ select role_name, name from may_call where is_as_owner and (role_name, what) not in (select * from called_by) $$,
    'with the owner''s rights everybody calls only what their programs need');
select is_empty(
    $$ select * from called_by except select role_name, what from may_call $$, 'and does call that');
select is_empty(
    $$ select name, proconfig from our_function
       where is_as_owner and 'search_path=pg_catalog, pg_temp' <> all (coalesce(proconfig, '{}')) $$,
    'functions with their owner''s rights look names up in pg_catalog alone, in temporary relations last');
select is_empty(
    $$ select f.name, a.grantee::regrole::text
       from our_function as f
       join pg_catalog.pg_proc as p using (oid)
       cross join lateral aclexplode(p.proacl) as a
       where a.is_grantable and a.grantee <> p.proowner $$,
    'nobody passes such rights on');

-- Rights that were given before, by an older version or by hand, are taken away.
grant execute on function photometry.note_changed_lab() to public, trialbase_analyst, roles_test_nobody;
grant execute on function engine.maintain_history() to trialbase_worker, roles_test_nobody;
create function analysis.made_by_hand() returns integer language sql security definer as 'select 1';
grant execute on function analysis.made_by_hand() to trialbase_analyst with grant option;
select engine.grant_functions();
select is_empty(
    $$ select role_name, name from may_call
       where is_trigger or what in ('engine.maintain_history', 'analysis.made_by_hand') $$,
    'migrate repairs what is open');
drop function analysis.made_by_hand();
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
        and (our_relation.name, privilege) not in (
            ('store."array"', 'insert'), ('store.store', 'insert'), ('store.store', 'update'))
    $$,
    'workers write neither core nor store, but for the arrays of their results and the store''s token');

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

-- Every trigger function of ours, on a table of one's own with relations of one's own for its transition tables.
grant select on our_function to public;
grant temporary on database :"DBNAME" to roles_test_nobody;
do $$
declare
    v_role text;
    v_function text;
    v_open text[] := '{}';
begin
    foreach v_role in array array['trialbase_analyst', 'trialbase_ingest', 'trialbase_worker', 'trialbase_admin', 'roles_test_nobody'] loop
        execute format('set local role %I', v_role);
        execute 'create temporary table bait (x integer)';
        for v_function in select regexp_replace(name, '\(\)$', '') from our_function where is_trigger loop
            begin
                execute format('create trigger hook after update on bait for each statement execute function %s()', v_function);
                v_open := v_open || (v_role || ' ' || v_function);
                execute 'drop trigger hook on bait';
            exception
                when insufficient_privilege then
                    null;
            end;
        end loop;
        execute 'drop table bait';
        reset role;
    end loop;
    if v_open <> '{}' then
        raise exception 'triggers could be made: %', v_open;
    end if;
end
$$;
select pass('nobody hangs our trigger functions on a table of their own');

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
