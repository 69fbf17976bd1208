-- schema/IBL.md: every pair's select runs and finds something, and every name of ours on the page exists. Run at the top folder.
\set ON_ERROR_STOP on
begin;
select no_plan();
\ir fixture/small.sql
\ir fixture/computed.sql
-- What colony.sql finds nothing to hang on, or leaves null.
insert into store.dataset (session_id, collection, dataset_name) values ('00000000-0000-0000-0000-000000000012', 'alf', '_ibl_trials.choice.npy');
\ir fixture/colony.sql
update core.subject set wean_date = birth_date + 21, cull_method = 'CO2', implant_weight_g = 1 where birth_date is not null;
update core.session
set parent_session_id = '00000000-0000-0000-0000-000000000012', qc = 30, start_delay_s = 60, rig = 'box0'
where session_id = '00000000-0000-0000-0000-000000000013';
insert into core.session_qc_field (session_id, field_name, qc) values ('00000000-0000-0000-0000-000000000012', 'task', 10);
update core.probe_insertion set qc = 10;
insert into task.ambient_reading (session_id, trial, temperature_c) values ('00000000-0000-0000-0000-000000000012', 1, 24.5);
insert into task.passive_period (session_id, period, kind, start_s, stop_s) values ('00000000-0000-0000-0000-000000000012', 1, 'RFM', 10, 20);
insert into task.passive_stimulus (session_id, stimulus, kind, start_s, stop_s)
values ('00000000-0000-0000-0000-000000000012', 1, 'tone', 10, 11);
insert into task.passive_frame (session_id, frame, time_s) values ('00000000-0000-0000-0000-000000000012', 1, 10);
insert into task.lick (session_id, lick, time_s) values ('00000000-0000-0000-0000-000000000012', 1, 10);
insert into task.extra_reward (session_id, reward, time_s) values ('00000000-0000-0000-0000-000000000012', 1, 10);
insert into task.wheel_recording (session_id, n_samples, start_s, end_s, sampling_rate_hz)
values ('00000000-0000-0000-0000-000000000012', 10, 0, 1, 10);
insert into task.reaction_time_contrast (session_id, params_id, block, signed_contrast, n_trials, median_s)
select session_id, params_id, 50, 1, 1, median_s from task.reaction_time limit 1;
\set page `cat schema/IBL.md`

create temporary table pair as
select part[1] as theirs, part[2] as sql
from regexp_matches(:'page', '^\| ([A-Za-z_]+\.[A-Za-z. ()]+) \| `(select [^`]*)` \|$', 'gn') as p (part);

create function pg_temp.rows_of(p_sql text) returns bigint language plpgsql as $$
declare
    n bigint;
begin
    execute format('select count(*) from (%s) as answer', p_sql) into n;
    return n;
end $$;

select cmp_ok((select count(*) from pair), '>=', 95::bigint, 'the page has every pair');
select is((select count(*) from pair), (select count(distinct theirs) from pair), 'each once');
select lives_ok(sql, theirs || ' is asked without an error') from pair;
select cmp_ok(pg_temp.rows_of(sql), '>', 0::bigint, theirs || ' is found') from pair;

-- Names of the page's first part: `core.subject`, `core.session.qc`.
create temporary table name as
select distinct string_to_array(part[1], '.') as words
from regexp_matches(:'page', '`((?:core|store|task|analysis)\.[a-z_]+(?:\.[a-z_]+)?)`', 'g') as p (part);
select cmp_ok((select count(*) from name), '>=', 60::bigint, 'the page names tables');
select isnt(
    to_regclass(words[1] || '.' || words[2])::text, null, array_to_string(words, '.') || ' names a table')
from name;
select is(
    (select count(*) from pg_attribute
     where attrelid = to_regclass(words[1] || '.' || words[2]) and attname = words[3] and not attisdropped), 1::bigint,
    array_to_string(words, '.') || ' names a column')
from name
where array_length(words, 1) = 3;
select * from finish();
rollback;
