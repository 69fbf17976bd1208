-- The protocol by which any program computes tables is a public interface: the page that documents it is run as it stands,
-- and the functions that it names have the arguments that it tells. Run from the root of the repository.
\set ON_ERROR_STOP on
set client_min_messages = error;
drop schema if exists mylab cascade;
select no_plan();
\set table_block `awk '/^\140\140\140sql/ {n++; on=1; next} /^\140\140\140/ {on=0} on && n == 1' src/populate/PROTOCOL.md`
\set example `awk '/^\140\140\140sql/ {n++; on=1; next} /^\140\140\140/ {on=0} on && n == 2' src/populate/PROTOCOL.md`
select cmp_ok(length(:'example'), '>', 1000, 'the page has its example');
\o /dev/null
:table_block
:example
\o
select is(engine.protocol_version(), 1, 'this is version 1');
select results_eq(
    $$ select rig, day, mean_volume_ul from mylab.valve_curve $$,
    $$ values ('box 1', date '2026-03-04', 4::double precision) $$, 'the first key has its result');
select is((select r.key_text from engine.run as r join mylab.valve_curve using (run_id)), 'rig=box 1,day=2026-03-04', 'and its run');
select results_eq(
    $$ select rig, day, state::text, coalesce(error_type || ': ' || error_message, reason) from engine_job.mylab__valve_curve order by rig, day $$,
    $$ values ('box 1', date '2026-03-05', 'error', 'LeakyValve: the third step is missing'),
              ('box 2', date '2026-03-04', 'settled', 'no calibration on that day') $$,
    'the second its error, the third its reason');
select is((select count(*) from engine.worker_status where worker_id = '01990000-0000-7000-8000-000000000001' and state = 'stopped'), 1::bigint,
    'the worker came and went');

-- With the role of a worker alone.
grant select on all tables in schema mylab to trialbase_worker;
update mylab.calibration set volume_ul = 9;
delete from mylab.rig_day where rig = 'box 2';
insert into mylab.rig_day values ('box 2', '2026-03-06');
select engine.mylab__valve_curve__set_state(array['box 1'], array['2026-03-05'::date], array['pending']::engine.job_state[], 'ignored');
drop table claimed, computed, failed, nothing;
set role trialbase_worker;
\o /dev/null
:example
\o
reset role;
select is((select mean_volume_ul from mylab.valve_curve), 9::double precision, 'a stale key is computed again, by a worker''s role');
select is(
    (select string_agg(concat_ws(' ', day, state, error_type), ', ' order by day) from engine_job.mylab__valve_curve), '2026-03-05 ignored LeakyValve, 2026-03-06 error LeakyValve',
    'and the next one fails again');

-- What the page tells of names and arguments.
create temporary table signature as
select p.proname::text as name, p.proname || '(' || pg_get_function_arguments(p.oid) || ')' as written
from pg_catalog.pg_proc as p
where p.pronamespace = 'engine'::regnamespace
    and (p.proname like 'mylab\_\_valve\_curve\_\_%' or p.proname in ('worker_start', 'worker_heartbeat', 'worker_stop', 'reclaim_expired', 'refresh'));
\set page `cat src/populate/PROTOCOL.md`
create temporary table told as
select distinct regexp_replace(replace(m[1] || m[2], 'engine.', ''), '^__', 'mylab__valve_curve__') || '(' || replace(m[3], 'K', 'p_rig text[], p_day date[]') || ')' as written
from regexp_matches(:'page', '`(engine\.|)((?:__)?[a-z_]+)\((p_[^)]*|K[^)]*)\)`', 'g') as m;
select cmp_ok((select count(*) from told), '>=', 10::bigint, 'the page tells functions with their arguments');
select is_empty(
    $$
    select t.written from told as t
    where not exists (
        select from signature as s
        where replace(regexp_replace(s.written, ', OUT .*\)$', ')'), 'timestamp with time zone', 'timestamptz') = t.written)
    $$,
    'and they have these');

select engine.unregister_computed('mylab.valve_curve');
drop schema mylab cascade;
delete from engine.worker where worker_id = '01990000-0000-7000-8000-000000000001';
select * from finish();
