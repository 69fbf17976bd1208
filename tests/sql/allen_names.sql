-- schema/ALLEN.md: every attribute of the Allen Institute's package stands there, and its SQL gives what it says. Run at the top folder.
\set ON_ERROR_STOP on
begin;
select no_plan();
\ir fixture/small.sql
\ir fixture/computed.sql
\ir fixture/change_detection.sql
\ir fixture/change_computed.sql
\set page `cat schema/ALLEN.md`

create temporary table page_row as
select part_no, part[1] as attribute, replace(replace(part[2], $$:'session'$$, quote_literal('00000000-0000-0000-0000-000000000041')), $$:'plane'$$, '900') as sql
from regexp_matches(:'page', '^\| `([a-z_]+)` \|[^|]*\| `(select [^`]*)` \|$', 'gn') with ordinality as p (part, part_no);

select set_eq(
    'select attribute from page_row',
    array[
        -- the cache
        'get_behavior_session_table', 'get_ophys_session_table', 'get_ophys_experiment_table', 'get_ophys_cells_table',
        'get_behavior_session', 'get_behavior_ophys_experiment',
        -- a behaviour session
        'behavior_session_id', 'get_performance_metrics', 'get_reward_rate', 'get_rolling_performance_df', 'licks', 'metadata',
        'raw_running_speed', 'rewards', 'running_speed', 'stimulus_presentations', 'stimulus_templates', 'stimulus_timestamps',
        'task_parameters', 'trials', 'eye_tracking', 'eye_tracking_rig_geometry',
        -- names of the notebook's release
        'stimulus_change', 'autorewarded', 'stop_time',
        -- a behaviour-ophys experiment
        'average_projection', 'cell_specimen_table', 'corrected_fluorescence_traces', 'demixed_traces', 'dff_traces', 'events',
        'get_cell_specimen_ids', 'get_cell_specimen_indices', 'get_dff_traces', 'get_segmentation_mask_image', 'max_projection',
        'motion_correction', 'neuropil_traces', 'ophys_experiment_id', 'ophys_session_id', 'ophys_timestamps', 'roi_masks',
        'segmentation_mask_image'],
    'every attribute stands on the page, once');
select results_eq(
    $$ select attribute, count(*) from page_row group by 1 having count(*) > 1 $$, $$ values ('metadata', 2::bigint) $$,
    'and no twice, but for the dictionary that an experiment adds to');

-- What session 41 and its plane 900 lack.
insert into store.array (array_id, file, dataset, shape, dtype, checksum, n_bytes, stored_bytes, filter, run_id)
select ('00000000-0000-0000-0000-000000000a' || n)::uuid, 'imaging/allen_names.h5', n, '{1}', 'float64', repeat('0', 32), 8, 8, 'none',
    '00000000-0000-0000-0000-0000000000ff'
from unnest(array[
    '01', '02', '03', '04', '05', '06', '07', '08', '09', '10', '11', '12', '13', '14', '15', '16', '17', '18', '19', '20', '21', '22', '23',
    '24', '25', '26', '27', '28', '29', '30', '31', '32', '33', '34', '35', '36', '37', '38']) as n;
create function pg_temp.array_no(n integer) returns uuid language sql as
$$ select ('00000000-0000-0000-0000-000000000a' || lpad(n::text, 2, '0'))::uuid $$;
update task.change_session set frame_times_array_id = pg_temp.array_no(1), response_window_start_s = 0.15, response_window_end_s = 0.75
where session_id = '00000000-0000-0000-0000-000000000041';
insert into task.change_running_params values ('default', 'for tests', 4, 3, 60, 10) on conflict do nothing;
insert into task.change_running (
    session_id, params_id, n_samples, n_missing, n_wraps, is_sign_turned, is_unfiltered_sign_turned, speed_array_id, speed_unfiltered_array_id
) values ('00000000-0000-0000-0000-000000000041', 'default', 1, 0, 0, false, false, pg_temp.array_no(2), pg_temp.array_no(3));
insert into task.eye_recording (session_id, n_frames, times_array_id)
values ('00000000-0000-0000-0000-000000000041', 1, pg_temp.array_no(4));
insert into task.eye_ellipse (session_id, tracked_object, center_array_id, width_array_id, height_array_id, angle_array_id) values
    ('00000000-0000-0000-0000-000000000041', 'eye', pg_temp.array_no(5), pg_temp.array_no(6), pg_temp.array_no(7), pg_temp.array_no(8)),
    ('00000000-0000-0000-0000-000000000041', 'pupil', pg_temp.array_no(9), pg_temp.array_no(10), pg_temp.array_no(11), pg_temp.array_no(12)),
    ('00000000-0000-0000-0000-000000000041', 'corneal_reflection', pg_temp.array_no(13), pg_temp.array_no(14), pg_temp.array_no(15),
     pg_temp.array_no(16));
insert into task.eye_rig_geometry values ('00000000-0000-0000-0000-000000000041', 'led_position', 1, 2, 3);
insert into task.change_eye_params values ('default', 'for tests', 3, 2) on conflict do nothing;
insert into task.change_eye values
    ('00000000-0000-0000-0000-000000000041', 'default', 1, 0, 0, 0, 0, 0, 1, 1, null, pg_temp.array_no(17), pg_temp.array_no(18),
     pg_temp.array_no(19), pg_temp.array_no(20), pg_temp.array_no(21), pg_temp.array_no(22), pg_temp.array_no(23));
insert into task.stimulus_template values
    ('00000000-0000-0000-0000-0000000000f1', 'images', 1, 2, 3, pg_temp.array_no(24), pg_temp.array_no(25));
insert into task.stimulus_template_image values ('00000000-0000-0000-0000-0000000000f1', 0, 'im065');
insert into task.session_template values ('00000000-0000-0000-0000-000000000041', '00000000-0000-0000-0000-0000000000f1');
update imaging.plane set frame_times_array_id = pg_temp.array_no(26), roi_mask_array_id = pg_temp.array_no(27),
    motion_x_array_id = pg_temp.array_no(28), motion_y_array_id = pg_temp.array_no(29)
where session_id = '00000000-0000-0000-0000-000000000041';
insert into imaging.trace (session_id, plane, kind, n_frames, trace_array_id) values
    ('00000000-0000-0000-0000-000000000041', 900, 'dff', 1, pg_temp.array_no(30)),
    ('00000000-0000-0000-0000-000000000041', 900, 'corrected_fluorescence', 1, pg_temp.array_no(31)),
    ('00000000-0000-0000-0000-000000000041', 900, 'demixed', 1, pg_temp.array_no(32)),
    ('00000000-0000-0000-0000-000000000041', 900, 'neuropil', 1, pg_temp.array_no(33)),
    ('00000000-0000-0000-0000-000000000041', 900, 'events', 1, pg_temp.array_no(34));
insert into imaging.filtered_events_params values ('default', 'for tests', 0.0645, 20) on conflict do nothing;
insert into imaging.filtered_events values ('00000000-0000-0000-0000-000000000041', 900, 'default', 1, 2, 2, pg_temp.array_no(35));
insert into imaging.projection (session_id, plane, kind, image_array_id) values
    ('00000000-0000-0000-0000-000000000041', 900, 'max_projection', pg_temp.array_no(36)),
    ('00000000-0000-0000-0000-000000000041', 900, 'average_image', pg_temp.array_no(37)),
    ('00000000-0000-0000-0000-000000000041', 900, 'segmentation_mask_image', pg_temp.array_no(38));

-- Every statement of the page runs and finds something.
create function pg_temp.rows_of(p_sql text) returns bigint language plpgsql as $$
declare
    n bigint;
begin
    execute format('select count(*) from (%s) as answer', p_sql) into n;
    return n;
end $$;
select lives_ok(sql, attribute || ' is asked without an error') from page_row;
select cmp_ok(pg_temp.rows_of(sql), '>', 0::bigint, attribute || ' is found') from page_row;

-- And the answers are those of the session.
create function pg_temp.answer(p_attribute text, p_which integer default 1) returns setof text language plpgsql as $$
declare
    v_sql text;
begin
    select sql into strict v_sql from page_row where attribute = p_attribute order by part_no offset p_which - 1 limit 1;
    return query execute format('select to_jsonb(answer)::text from (%s) as answer', v_sql);
end $$;
update task.change_session set stimulus_frame_rate_hz = 60, behavior_session_uuid = 'b3d1'
where session_id = '00000000-0000-0000-0000-000000000041';
select is(
    (select array(select jsonb_object_keys(row::jsonb) order by 1) from pg_temp.answer('metadata') as row),
    array(select unnest(array[
        'equipment_name', 'sex', 'age_in_days', 'stimulus_frame_rate', 'session_type', 'date_of_acquisition', 'reporter_line', 'cre_line',
        'behavior_session_uuid', 'driver_line', 'mouse_id', 'project_code', 'full_genotype', 'behavior_session_id']) order by 1),
    'the keys of its dictionary are the package''s');
select is(
    (select row::jsonb - array['date_of_acquisition', 'reporter_line', 'cre_line', 'project_code', 'age_in_days']
     from pg_temp.answer('metadata') as row),
    jsonb '{"equipment_name": "MESO.1", "sex": "M", "stimulus_frame_rate": 60, "session_type": "OPHYS_4_images_B",
            "behavior_session_uuid": "b3d1", "driver_line": ["Sst-IRES-Cre"], "mouse_id": "445002",
            "full_genotype": "Sst-IRES-Cre/wt", "behavior_session_id": 410}', 'with its values');
select is(
    (select array(select jsonb_object_keys(row::jsonb) order by 1) from pg_temp.answer('metadata', 2) as row),
    array(select unnest(array[
        'indicator', 'emission_lambda', 'excitation_lambda', 'ophys_container_id', 'field_of_view_height', 'field_of_view_width',
        'imaging_depth', 'targeted_imaging_depth', 'imaging_plane_group', 'imaging_plane_group_count', 'ophys_experiment_id',
        'ophys_frame_rate', 'ophys_session_id', 'targeted_structure']) order by 1),
    'and what an experiment adds to it');
select results_eq($$ select pg_temp.answer('behavior_session_id') $$, $$ values ('{"behavior_session_id": 410}') $$, 'its number');
select results_eq(
    $$ select pg_temp.answer('rewards') $$,
    $$ values ('{"volume": 0.005, "timestamps": 305.25, "auto_rewarded": true}'),
              ('{"volume": 0.007, "timestamps": 314.25, "auto_rewarded": false}') $$, 'its rewards');
select results_eq(
    $$ select row::jsonb ->> 'autorewarded' from pg_temp.answer('autorewarded') as row $$, $$ values ('true'), ('false') $$,
    'which came by themselves, under the older name');
update task.stimulus_presentation set image_set = 'set.2017', extra = '{"index": 3}'
where session_id = '00000000-0000-0000-0000-000000000041' and presentation = 2;
select is(
    (select row::jsonb - 'image_name' from pg_temp.answer('stop_time') as row where row::jsonb ->> 'stimulus_presentations_id' = '1'),
    '{"stimulus_presentations_id": 1, "image_set": "set.2017", "image_index": 0, "index": 3, "start_time": 300, "stop_time": 300.25}'::jsonb,
    'presentations under the older names');
select results_eq(
    $$ select pg_temp.answer('licks') $$, $$ values ('{"frame": 18330, "timestamps": 305.5}') $$, 'its licks');
select is(
    (select count(*) from pg_temp.answer('trials') as row where (row::jsonb ->> 'hit')::boolean and (row::jsonb ->> 'trials_id')::integer = 1),
    1::bigint, 'trials count from 0');
select is(
    (select array_agg((row::jsonb ->> 'is_change')::boolean order by (row::jsonb ->> 'start_time')::double precision)
     from pg_temp.answer('stimulus_presentations') as row),
    array[false, false, false, false, false, true, false, false], 'changes as the package reads them');
select is(
    (select row::jsonb - array(select jsonb_object_keys(row::jsonb) except select unnest(array['movie_frame_index', 'movie_repeat']))
     from pg_temp.answer('stimulus_presentations') as row where row::jsonb ->> 'movie_frame_index' is not null),
    (select jsonb_build_object('movie_frame_index', movie_frame_index, 'movie_repeat', movie_repeat) from task.stimulus_presentation
     where session_id = '00000000-0000-0000-0000-000000000041' and movie_frame_index is not null),
    'with the frame of a movie');
select results_eq(
    $$ select pg_temp.answer('get_cell_specimen_ids') $$, $$ values ('{"tracking_id": 10}') $$, 'valid cells only');
select is(
    (select row::jsonb ->> 'speed' from pg_temp.answer('running_speed') as row), 'imaging/change_computed.h5#array e2',
    'the speed that the file had');
select is(
    (select row::jsonb ->> 'speed' from pg_temp.answer('raw_running_speed') as row), 'imaging/allen_names.h5#03',
    'and the computed one where it had none');
select is(
    (select (row::jsonb ->> 'max_dprime')::double precision from pg_temp.answer('get_performance_metrics') as row), 1.5::double precision,
    'performance');

select * from finish();
rollback;
