-- The engine's tables: indexes, upkeep, charts, and what each role may do with results and queues.
\set ON_ERROR_STOP on
begin;
select no_plan();
\ir fixture/small.sql
\ir fixture/computed.sql

-- Cost that stays flat ----------------------------------------------------------------------------------

-- Deleting a parent's row looks for its children by the foreign key: over every schema. Of partial indexes only those
-- of the rows that have the key serve.
create temporary view foreign_key as
select k.oid, k.conname, k.conrelid, k.conkey
from pg_catalog.pg_constraint as k
join pg_catalog.pg_class as c on c.oid = k.conrelid
join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
where k.contype = 'f'
    and n.nspname not like 'pg\_%'
    and n.nspname <> 'information_schema';
select cmp_ok((select count(*) from foreign_key), '>', 100::bigint, 'there are foreign keys to look at');
select is_empty(
    $$
    select format('%s on %s', k.conname, k.conrelid::regclass)
    from foreign_key as k
    where not exists (
        select
        from pg_catalog.pg_index as i
        where i.indrelid = k.conrelid
            and i.indisvalid
            and i.indisready
            and (i.indpred is null
                 or pg_get_expr(i.indpred, i.indrelid) = (
                     select format('(%I IS NOT NULL)', a.attname) from pg_catalog.pg_attribute as a
                     where a.attrelid = k.conrelid and a.attnum = k.conkey[1] and cardinality(k.conkey) = 1))
            and cardinality(i.indkey::smallint[]) >= cardinality(k.conkey)
            and (i.indkey::smallint[])[0:cardinality(k.conkey) - 1] @> k.conkey)
    $$,
    'every foreign key of every schema leads an index');

create temporary view job_table as
select i.table_name, to_regclass('engine_job.' || engine.function_name(i.table_name)) as job
from engine.table_info as i
where i.tier = 'computed';
select cmp_ok((select count(*) from job_table), '>', 10::bigint, 'there are computed tables to look at');
select is_empty('select table_name from job_table where job is null', 'every computed table has its job table');
select is_empty(
    $$
    select job::text, wanted
    from job_table
    join pg_catalog.pg_class as c on c.oid = job
    cross join unnest(array[
        'fillfactor=85', 'autovacuum_vacuum_scale_factor=0.02', 'autovacuum_vacuum_threshold=2000',
        'autovacuum_analyze_scale_factor=0.05', 'autovacuum_analyze_threshold=2000', 'autovacuum_vacuum_cost_delay=0'
    ]) as w (wanted)
    where not wanted = any (coalesce(c.reloptions, '{}'))
    $$,
    'job tables are vacuumed early and at full speed');
select is_empty(
    $$
    select name
    from unnest(array['engine.stamp', 'engine.worker', 'engine.run']) as n (name)
    join pg_catalog.pg_class as c on c.oid = name::regclass
    where not exists (select from unnest(c.reloptions) as o where o like 'autovacuum\_vacuum\_scale\_factor=0.%')
    $$,
    'so are the engine''s other tables that change all the time');
select is_empty(
    $$
    select job::text, state
    from job_table
    cross join unnest(array['pending', 'running', 'blocked']) as s (state)
    where not exists (
        select from pg_catalog.pg_index as i
        where i.indrelid = job and pg_get_expr(i.indpred, i.indrelid) like '%''' || state || '''%')
    $$,
    'open keys are found by partial indexes, however many others there are');

-- Past runs by month, to be dropped when no longer wanted.
select is(
    (select string_agg(inhrelid::regclass::text, ' ' order by inhrelid::regclass::text)
     from pg_catalog.pg_inherits
     where inhparent = 'engine.run_history'::regclass
         and inhrelid::regclass::text >= 'engine.run_history_' || to_char(now() at time zone 'UTC', 'YYYY_MM')
         and inhrelid::regclass::text < 'engine.run_history_rest'),
    (select string_agg(to_char(month, '"engine.run_history_"YYYY_MM'), ' ' order by month)
     from generate_series(date_trunc('month', now() at time zone 'UTC'),
                          date_trunc('month', now() at time zone 'UTC') + interval '2 months', interval '1 month') as m (month)),
    'this month and the next two have a partition of run history');
select lives_ok('select engine.maintain_history()', 'which are made when they are missing and stay when not');
select format('drop table engine.run_history_%s', to_char((now() at time zone 'UTC') + interval '1 month', 'YYYY_MM')) as sql \gset
:sql;
select engine.worker_start('00000000-0000-0000-0000-0000000000f2', 'h', 1, 'u', 'v', 'r', '1 minute');
select isnt(
    to_regclass('engine.run_history_' || to_char((now() at time zone 'UTC') + interval '1 month', 'YYYY_MM')), null,
    'a worker that starts makes next month''s partition when it is missing');
insert into engine.run_history (run_id, table_no, key_text, code_version, attempt, finished_at, outcome)
select '00000000-0000-0000-0000-0000000000f1', table_no, 'x', 1, 1, now(), 'error'
from engine.table_info where table_name = 'task.reaction_time';
select is(
    (select tableoid::regclass::text from engine.run_history where run_id = '00000000-0000-0000-0000-0000000000f1'),
    'engine.run_history_' || to_char(now() at time zone 'UTC', 'YYYY_MM'), 'a run that ends now is kept in this month''s');
select is_empty(
    $$ select conname from pg_catalog.pg_constraint
       where contype = 'f' and (confrelid = 'engine.run_history'::regclass or conrelid = 'engine.run_history'::regclass) $$,
    'no foreign key keeps an old month from being dropped');

-- Charts ------------------------------------------------------------------------------------------------

select is_empty(
    $$
    select v.name
    from unnest(array['analysis.populate_rate', 'analysis.queue_length']) as v (name)
    where not exists (
        select from pg_catalog.pg_attribute as a
        where a.attrelid = v.name::regclass and a.attname = 'time' and a.atttypid = 'timestamptz'::regtype)
    $$,
    'Grafana finds a column time of the type it wants');
select results_eq(
    $$
    select table_name as metric, sum(failed)::integer as value
    from analysis.populate_rate
    where time between now() - interval '1 hour' and now()
    group by time, table_name
    order by time
    $$,
    $$ values ('task.reaction_time', 1) $$,
    'and the rate in a window of time');
create function pg_temp.plan_of(p_query text) returns setof text
language plpgsql set enable_seqscan = off as $$ begin return query execute 'explain ' || p_query; end $$;
select ok(
    exists (select from pg_temp.plan_of($$ select * from analysis.populate_rate where time > now() - interval '1 hour' $$) as p (line)
            where p.line like '%run_minute_idx%'),
    'a chart of the last hour reads the index of minutes');
select is(
    (select count(*) from analysis.queue_length), (select count(*) from job_table), 'every queue has its length');

-- Parameter sets and code versions make work --------------------------------------------------------------

create temporary table before as select count(*) as pending from task.reaction_time_job where state = 'pending';
insert into task.reaction_time_params (params_id, description, level, n_resamples, seed) values ('wide', 'for tests', 0.95, 100, 1);
select is(
    (select count(*) from task.reaction_time_job where params_id = 'wide' and state = 'pending'),
    (select count(*) from task.choice_session), 'a new parameter set queues every session');
select is(
    (select count(*) from task.reaction_time_job where params_id <> 'wide' and state = 'pending'),
    (select pending from before), 'and leaves the others as they were');
insert into engine.run (run_id, table_no, key_text, code_version, stamps, worker_id, attempt, started_at, fetch_s, compute_s)
select '00000000-0000-0000-0000-0000000000f2', i.table_no, 'x', i.code_version, s.stamps,
       '00000000-0000-0000-0000-0000000000a1', 1, now(), 0, 0
from engine.table_info as i
cross join engine.task__reaction_time__stamps(array['00000000-0000-0000-0000-000000000012']::uuid[], array['default']) as s
where i.table_name = 'task.reaction_time';
update task.reaction_time set run_id = '00000000-0000-0000-0000-0000000000f2' where params_id = 'default';
select is(
    (select engine.refresh('task.reaction_time')), row(0::bigint, 0::bigint, 0::bigint)::record, 'a result of this version is current');
select engine.set_code_version('task.reaction_time', code_version + 1)
from engine.table_info where table_name = 'task.reaction_time';
select results_eq(
    $$ select table_name, state from analysis.stale_result where table_name = 'task.reaction_time' $$,
    $$ values ('task.reaction_time', 'pending') $$, 'a raised code version makes it stale and pending');

-- An input that reaches its result by a trigger of its own.
select is_empty('select subject_id from photometry.rules_revision', 'no rule was changed so far');
update core.lab set institution = 'Another' where lab_name = 'alpha';
select is_empty('select subject_id from photometry.rules_revision', 'a lab''s name is no rule');
set local role trialbase_ingest;
update core.lab set time_zone = 'Europe/Lisbon' where lab_name = 'alpha';
reset role;
select results_eq(
    'select right(subject_id::text, 1), revision from photometry.rules_revision order by 1',
    $$ values ('1', 1::bigint), ('2', 1) $$, 'a lab''s clock is one, for the subjects with sessions there');

-- What each role may write ------------------------------------------------------------------------------

create temporary view written as
select c.oid::regclass::text as name, coalesce(i.tier::text, 'none') as tier, p.privilege, r.role_name
from pg_catalog.pg_class as c
join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
left join engine.table_info as i on to_regclass(i.table_name) = c.oid
cross join unnest(array['insert', 'update', 'delete', 'truncate', 'references', 'trigger']) as p (privilege)
cross join unnest(array['trialbase_worker', 'trialbase_ingest', 'trialbase_analyst']) as r (role_name)
where n.nspname not like 'pg\_%'
    and n.nspname <> 'information_schema'
    and c.relkind in ('r', 'p', 'v', 'm', 'f')
    and c.relpersistence <> 't'
    and not exists (  -- pgTAP's own
        select from pg_catalog.pg_depend as d where d.objid = c.oid and d.deptype = 'e')
    and (has_table_privilege(r.role_name, c.oid, p.privilege)
         or (p.privilege in ('insert', 'update', 'references') and has_any_column_privilege(r.role_name, c.oid, p.privilege)));
select results_eq(
    $$ select name, privilege from written where role_name = 'trialbase_worker' order by 1, 2 $$,
    $$
    select name, privilege
    from (
        select to_regclass(table_name)::text as name, privilege
        from engine.table_info cross join unnest(array['insert', 'update']) as p (privilege) where tier = 'computed'
        union all
        select to_regclass(i.table_name)::text, privilege
        from engine.table_info as i join engine.table_info as m on m.table_name = i.master and m.tier = 'computed'
        cross join unnest(array['insert', 'update', 'delete']) as p (privilege)
        union all
        values (to_regclass('store.array')::text, 'insert'), ('store.store', 'insert'), ('store.store', 'update')
    ) as wanted
    order by 1, 2
    $$,
    'workers write results, their parts and new arrays with the store''s token, and nothing else in any schema');
select is_empty(
    $$
    select name, privilege from written as w
    where role_name = 'trialbase_ingest'
        and (tier = 'computed' or name like 'engine.%' or name like 'analysis.%'
             or exists (select from job_table where job::text = w.name)
             or exists (select from engine.table_info as i join engine.table_info as m on m.table_name = i.master
                        where to_regclass(i.table_name)::text = w.name and m.tier = 'computed'))
    $$,
    'ingest writes no result, no part of one, no queue and nothing of the engine');
select is_empty(
    $$ select name, privilege from written where role_name = 'trialbase_analyst' $$, 'analysts write nothing');
select is_empty(
    $$
    select role_name, p.oid::regprocedure::text
    from pg_catalog.pg_proc as p
    join pg_catalog.pg_namespace as n on n.oid = p.pronamespace
    cross join (values ('trialbase_analyst', '^$'), ('trialbase_ingest', '__(refresh|set_state|stamps)$')) as r (role_name, allowed)
    where n.nspname in ('units', 'core', 'task', 'photometry', 'imaging', 'model', 'engine', 'store', 'analysis')
        and p.prosecdef
        and p.prorettype <> 'trigger'::regtype
        and p.proname !~ r.allowed
        and has_function_privilege(role_name, p.oid, 'execute')
    $$,
    'with their owner''s rights, analysts run nothing and ingest only refreshes and releases');

-- The same, tried.
\ir fixture/pgtap_for_all.sql

set local role trialbase_worker;
select throws_ok('delete from task.session_performance', '42501', null, 'a worker deletes no result');
select throws_ok(
    $$ insert into task.session_performance select * from task.session_performance limit 0 $$, '42501', null,
    'and inserts none without a claim');
select set_config('engine.claim', '123', true);
select throws_ok('delete from task.session_performance', '42501', null, 'nor does it delete one under a feigned claim');
select throws_ok('update task.session_performance set n_trials = 0', 'TB008', null, 'or change one');
select is(
    engine.task__session_performance__settle(123, array['00000000-0000-0000-0000-000000000012']::uuid[],
        array[gen_random_uuid()], array['x'], 1, '00000000-0000-0000-0000-0000000000a1'),
    0::bigint, 'or settle a key that it does not hold');
reset role;
select is((select count(*) from task.session_performance), 3::bigint, 'no result was lost by that');
select set_config('engine.claim', '', true);

set local role trialbase_ingest;
select throws_ok('delete from task.session_performance', '42501', null, 'ingest deletes no result');
select throws_ok('update task.reaction_time_job set state = ''ignored''', '42501', null, 'and touches no queue');
select throws_ok(
    $$ select * from engine.task__session_performance__claim(gen_random_uuid(), 1, 1, 0, 0) $$, '42501', null,
    'and claims nothing');
reset role;

set local role trialbase_analyst;
select is((select count(*) from analysis.populate_rate), 1::bigint, 'an analyst charts the rate');
select is((select count(*) > 0 from analysis.queue_length), true, 'and the queues');
select throws_ok('delete from engine.run_history', '42501', null, 'and keeps the history as it is');
reset role;

select * from finish();
rollback;
