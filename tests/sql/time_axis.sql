-- store.time_axis: when the rows of an array were, whoever names it.
\set ON_ERROR_STOP on
set client_min_messages = error;
begin;
set local search_path = public;
select no_plan();
\ir fixture/small.sql

create schema mylab;
create table mylab.rig (
    rig integer primary key,
    times_array_id uuid,
    sampling_rate_hz double precision,
    start_s double precision
);
create table mylab.sensor (
    rig integer references mylab.rig,
    sensor text,
    signal_array_id uuid,
    picture_array_id uuid,
    primary key (rig, sensor)
);
create table mylab.even (rig integer primary key, signal_array_id uuid, start_s double precision, sampling_rate_hz double precision);
create table mylab.loose (signal_array_id uuid);
select store.own_array('mylab.rig', 'times_array_id');
select store.own_array('mylab.sensor', 'signal_array_id');
select store.own_array('mylab.sensor', 'picture_array_id');
select store.own_array('mylab.even', 'signal_array_id');
select store.own_array('mylab.loose', 'signal_array_id');

create function pg_temp.id(p_name text) returns uuid language sql as $$ select md5(p_name)::uuid $$;
insert into store.array (array_id, file, dataset, shape, dtype, sampling_rate_hz, checksum, n_bytes, stored_bytes, filter, run_id)
select pg_temp.id(name), 'a/' || name || '.h5', 'x', shape::bigint[], 'float64', rate, repeat('0', 32), 0, 0, 'none', pg_temp.id('run')
from (values
    ('times', '{100}', null), ('signal', '{100}', 30.0), ('matrix', '{100,4}', null), ('picture', '{12,100}', null),
    ('even', '{50}', 10), ('loose', '{50}', 10), ('single', '{}', null), ('band times', '{7}', null), ('band', '{7}', 30),
    ('wheel', '{9}', null), ('wheel times', '{9}', null), ('voltage', '{5}', null), ('running times', '{5}', null), ('speed', '{5}', null)
) as v (name, shape, rate);
insert into mylab.rig values (1, pg_temp.id('times'), 30, 5);
insert into mylab.sensor values
    (1, 'a', pg_temp.id('signal'), pg_temp.id('picture')),
    (1, 'b', pg_temp.id('matrix'), null);
insert into mylab.even values (1, pg_temp.id('even'), -4.15, 10);
insert into mylab.loose values (pg_temp.id('loose'));

create function pg_temp.axis(p_name text) returns text language sql as $$
    select concat_ws(' ', coalesce(split_part(t.file, '/', 2), '-'), coalesce(a.start_s::text, '-'), coalesce(a.sampling_rate_hz::text, '-'))
    from store.time_axis(pg_temp.id(p_name)) as a
    left join store.array as t on t.array_id = a.times_array_id
$$;
select is(pg_temp.axis('signal'), 'times.h5 - 30', 'a signal has the times of the row that its own refers to');
select is(pg_temp.axis('matrix'), 'times.h5 - -', 'a matrix too, whose rows they are');
select is(pg_temp.axis('times'), 'times.h5 - -', 'times are their own');
select is(pg_temp.axis('picture'), null, 'what is of another length has no times');
select is(pg_temp.axis('even'), '- -4.15 10', 'an even signal without times begins where its row says');
select is(pg_temp.axis('loose'), '- - 10', 'and where no row says, nobody knows');
select is(pg_temp.axis('single'), null, 'a single number has none');
select is(pg_temp.axis('nothing'), null, 'nor has what is not there');

-- The tables of ours.
insert into photometry.photometry_session (session_id, rig, clock, n_frames, start_s, end_s)
values ('00000000-0000-0000-0000-000000000012', 'neurophotometrics', 'session', 7, -19.15, 0);
insert into photometry.band (session_id, band, n_samples, times_array_id)
values ('00000000-0000-0000-0000-000000000012', 'GCaMP', 7, pg_temp.id('band times'));
insert into photometry.recording (session_id, fiber_idx, column_name, brain_region)
values ('00000000-0000-0000-0000-000000000012', 0, 'G0', 'VTA');
insert into photometry.band_signal (session_id, fiber_idx, band, signal_array_id)
values ('00000000-0000-0000-0000-000000000012', 0, 'GCaMP', pg_temp.id('band'));
select is(pg_temp.axis('band'), 'band times.h5 - 30', 'raw fluorescence has the times of its band''s frames, not the nominal rate');
insert into task.wheel_recording (session_id, n_samples, position_array_id, times_array_id, start_s, end_s)
values ('00000000-0000-0000-0000-000000000012', 9, pg_temp.id('wheel'), pg_temp.id('wheel times'), 1, 9);
select is(pg_temp.axis('wheel'), 'wheel times.h5 - -', 'the wheel''s position those of its samples');
insert into task.running_recording (session_id, n_samples, times_array_id, signal_voltage_array_id, speed_array_id)
values ('00000000-0000-0000-0000-000000000012', 5, pg_temp.id('running times'), pg_temp.id('voltage'), pg_temp.id('speed'));
select is(pg_temp.axis('speed'), 'running times.h5 - -', 'running speed those of its encoder');

-- Every column that names arrays has times within reach of these rules (which take those of the array's length), or holds none.
create temporary table without_times (column_of text, reason text);
insert into without_times values
    ('photometry.response.traces_array_id', 'a row per trial'),
    ('task.gabor_patch.orientation_array_id', 'a row per segment'),
    ('task.gabor_patch.size_array_id', 'a row per segment'),
    ('task.gabor_patch.x_array_id', 'a row per segment'),
    ('task.gabor_patch.y_array_id', 'a row per segment'),
    ('task.openscope_template.frame_array_id', 'pictures'),
    ('task.stimulus_template.unwarped_array_id', 'a picture'),
    ('task.stimulus_template.warped_array_id', 'a picture');
select set_eq(
    $$ select format('%s.%s', o.relation, o.column_name)
       from store.array_owner as o
       join pg_catalog.pg_class as c on c.oid = o.relation
       where c.relnamespace <> 'mylab'::regnamespace
         and not exists (
             select from store.array_owner as t
             where t.column_name ~ '(^|_)times_array_id$'
               and t.relation in (
                   select o.relation
                   union
                   select k.confrelid::regclass from pg_catalog.pg_constraint as k where k.contype = 'f' and k.conrelid = o.relation
               ))
         and not exists (
             select from pg_catalog.pg_attribute as s
             where s.attrelid = o.relation and s.attname in ('start_s', 'sampling_rate_hz') and not s.attisdropped having count(*) = 2) $$,
    $$ select column_of from without_times $$,
    'every column of arrays has times within reach, or is known to have none');

select * from finish();
rollback;
