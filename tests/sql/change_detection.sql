-- Change detection: what the tables refuse, and what the views say of hand-made rows.
\set ON_ERROR_STOP on
begin;
select no_plan();
\ir fixture/small.sql
\ir fixture/change_detection.sql

select col_is_pk('task'::name, 'change_session'::name, 'session_id'::name, 'change_session is keyed by session_id');
select col_is_pk('task'::name, 'change_trial'::name, array['session_id', 'trial']::name[], 'change_trial has its natural key');
select fk_ok('task', 'change_trial', 'session_id'::name, 'task', 'change_session', 'session_id'::name);
select fk_ok('task', 'behavior_session', 'session_id'::name, 'core', 'session', 'session_id'::name);
select is_empty(
    $$ select c.oid::regclass::text from pg_catalog.pg_class as c
       where c.relkind in ('r', 'p') and c.relnamespace = 'imaging'::regnamespace
           and not exists (select from engine.table_info where c.oid = to_regclass(table_name)) $$,
    'the engine knows the tier of every imaging table');

-- Classes: exactly one, and kinds exclude one another.
prepare class as
update task.change_trial
set (is_go, is_catch, is_auto_rewarded, is_aborted, is_hit, is_miss, is_false_alarm, is_correct_reject) = ($1, $2, $3, $4, $5, $6, $7, $8)
where session_id = '00000000-0000-0000-0000-000000000041' and trial = 2;
select throws_ok('execute class (true, false, false, false, false, false, false, false)', '23514', null, 'a trial has a class');
select throws_ok('execute class (true, false, false, false, true, true, false, false)', '23514', null, 'hit and miss are two classes');
select throws_ok('execute class (false, false, true, false, true, false, false, false)', '23514', null, 'auto-rewarded is no hit');
select throws_ok('execute class (false, false, false, true, false, false, true, false)', '23514', null, 'aborted is no false alarm');
select throws_ok('execute class (true, true, false, false, true, false, false, false)', '23514', null, 'go is not catch');
select lives_ok('execute class (false, true, false, false, false, false, false, true)', 'a correct reject is a class');
select lives_ok('execute class (true, false, false, false, true, false, false, false)', 'so is a hit');
select throws_ok(
    $$ update task.change_trial set change_s = null where trial = 2 $$, '23514', null, 'a trial that was not aborted has its change');
select throws_ok($$ update task.change_trial set response_latency_s = 'infinity' $$, '23514', null, 'no latency is null, not infinite');
select throws_ok($$ update task.change_trial set trial = 0 where trial = 1 $$, '23514', null, 'trials are counted from 1');
select throws_ok(
    $$ update task.change_session set origin = 'hearsay' $$, '23514', null, 'trials are from a file, a log or a table');
select throws_ok(
    $$ insert into task.behavior_session_change (session_id, column_name, old_value, new_value)
       select session_id, 'sex', 'M', 'M' from task.behavior_session $$, '23514', null, 'no change is no change');
select throws_ok(
    $$ delete from core.session where session_id = '00000000-0000-0000-0000-000000000043' $$, '23503', null,
    'a listed session is not deleted by itself');
select throws_ok(
    $$ insert into imaging.listed_cell (cell_roi_id, ophys_experiment_id, session_id)
       values (77, 999, '00000000-0000-0000-0000-000000000041') $$, '23503', null, 'a cell''s experiment is there');
select lives_ok(
    $$ insert into imaging.listed_cell (cell_roi_id, ophys_experiment_id) values (77, 999) $$, 'or the session is not known');

-- Views.
select results_eq(
    $$ select subject_nickname, n_sessions, n_trials from analysis.subject where lab_name in ('allen', 'alpha')
       and n_trials > 0 order by 1 $$,
    $$ values ('445002', 3, 7), ('a1', 4, 13) $$,
    'trials of a subject are those of every world');
select results_eq(
    $$ select trial, outcome, is_passive, response_latency_s, session_type from analysis.change_trial
       where session_id = '00000000-0000-0000-0000-000000000041' order by trial $$,
    $$ values (1, 'auto-rewarded', false, 0.5::double precision, 'OPHYS_4_images_B'), (2, 'hit', false, 0.25, 'OPHYS_4_images_B'),
              (3, 'miss', false, null, 'OPHYS_4_images_B'), (4, 'false alarm', false, 0.5, 'OPHYS_4_images_B'),
              (5, 'correct reject', false, null, 'OPHYS_4_images_B'), (6, 'aborted', false, null, 'OPHYS_4_images_B') $$,
    'trials by outcome');
select results_eq(
    $$ select trials_id, change_frame, response_latency, lick_times from analysis.allen_trial
       where behavior_session_id = 410 order by trials_id $$,
    $$ values (0, 18300, 0.5::double precision, array[305.5]::double precision[]), (1, 18840, 0.25, array[314.25, 314.5]),
              (2, 19440, 'infinity', '{}'), (3, 20040, 0.5, array[334.5]), (4, 20640, 'infinity', '{}'),
              (5, -99, null, array[350]) $$,
    'and under the names of the Allen Institute, where no lick is infinite latency');
select results_eq(
    $$ select right(session_id::text, 2), behavior_session_id, session_type, stage_number, is_passive, has_trials, n_trials, full_genotype
       from analysis.change_session order by session_id $$,
    $$ values ('41', 410::bigint, 'OPHYS_4_images_B', 4, false, true, 6, 'Sst-IRES-Cre/wt'),
              ('42', null, 'OPHYS_5_images_B_passive', 5, true, true, 1, 'Sst-IRES-Cre/wt'),
              ('43', 430, 'OPHYS_0_images_A_habituation', 0, false, false, null, 'Sst-IRES-Cre/wt') $$,
    'sessions known from files, tables or both');
select results_eq(
    $$ select right(session_id::text, 2), experience_level, prior_exposures_to_session_type, prior_exposures_to_image_set,
           prior_exposures_to_omissions, 'prior_exposures_to_session_type' = any (derived_columns)
       from analysis.change_session order by session_id $$,
    $$ values ('41', 'Novel 1', 0, 0, 0, false), ('42', 'Novel >1', 0, 1, 1, true), ('43', 'Familiar', 7, 0, 0, false) $$,
    'what is not told is derived from the mouse''s sessions, what is told stays');
update task.change_session set session_type = 'OPHYS_6_images_A' where session_id = '00000000-0000-0000-0000-000000000041';
select results_eq(
    $$ select right(session_id::text, 2), stage_number, image_set, experience_level from analysis.change_session order by session_id $$,
    $$ values ('41', 6, 'images_A', 'Novel >1'), ('42', 5, 'images_B', 'Novel 1'), ('43', 0, 'images_A', 'Familiar') $$,
    'where the file tells another stage than the table, what follows from the file''s, of later sessions too');
update task.change_session set session_type = 'OPHYS_4_images_B' where session_id = '00000000-0000-0000-0000-000000000041';
-- By the rules of the reader: the grey row counts one, an omitted flash keeps the count, a change starts anew.
select results_eq(
    $$ select presentation, flashes_since_change, flashes_since_change_read, is_change_read from analysis.stimulus_presentation
       order by presentation $$,
    $$ values (1, null, 0, false), (2, 0, 1, false), (3, 1, 2, false), (4, 1, 2, false), (5, 2, 3, false), (6, 0, 0, true),
              (7, 1, 1, false), (8, null, 2, false) $$,
    'flashes since the change, as in the file and as readers count');
delete from task.stimulus_presentation where presentation <= 3;
select results_eq(
    $$ select presentation, flashes_since_change_read, is_change_read from analysis.stimulus_presentation order by presentation $$,
    $$ values (4, 0, false), (5, 1, false), (6, 0, true), (7, 1, false), (8, 2, false) $$,
    'an omitted flash at the start is 0, and the first flash is no change');
select results_eq(
    $$ select trial, stim_on_s, is_correct, is_rewarded, response_time_s, reward_volume_ul, choice from analysis.trial
       where paradigm = 'change' and session_id = '00000000-0000-0000-0000-000000000041' order by trial $$,
    $$ values (1, 305::double precision, null::boolean, true, 0.5::double precision, 5::double precision, null),
              (2, 314, true, true, 0.25, 7, null), (3, 324, false, false, null, 0, null), (4, 334, false, false, 0.5, 0, null),
              (5, 344, true, false, null, 0, null), (6, null, null, null, null, 0, null) $$,
    'what they share with trials of choice');
select results_eq(
    $$ select paradigm, count(*), count(*) filter (where is_response), count(*) filter (where is_rewarded) from task.trial group by 1 order by 1 $$,
    $$ values ('change', 7::bigint, 2::bigint, 2::bigint), ('choice', 13, 11, 9) $$, 'both tasks in task.trial');
select is_empty(
    $$ select from analysis.trial where paradigm = 'change' and (is_right is not null or signed_contrast is not null or choice is not null) $$,
    'a change trial has neither side nor contrast');
select results_eq(
    $$ select task, duration_s, n_trials from analysis.session where lab_name = 'allen' order by session_id $$,
    $$ values ('change detection', 60::double precision, 6), ('change detection', 10, 1), ('change detection', null, null) $$,
    'habituation to the microscope is a session of the task');
select results_eq(
    $$ select session_date, training_day from analysis.training_day where lab_name = 'allen' order by 1 $$,
    $$ values (date '2019-06-19', 1), ('2019-06-20', 2), ('2019-06-21', 3) $$, 'and a day of training');
select results_eq(
    $$ select ophys_experiment_id, n_listed_cells, has_plane, n_rois from analysis.experiment order by 1 $$,
    $$ values (900::bigint, 1, true, 2), (901, 2, false, null) $$, 'experiments, loaded or not');
select results_eq(
    $$ select tracking_id, plane, roi, cell_roi_id from analysis.tracked_cell order by plane, cell_roi_id $$,
    $$ values (10::bigint, 900::bigint, 1, 1::bigint), (10, 901, null, 2) $$,
    'cells of loaded planes from their ROIs, of others from the list');
select is(
    (select start_local from core.session_context where session_id = '00000000-0000-0000-0000-000000000041'),
    timestamp '2019-06-20 11:18:15.777', 'the start on the laboratory''s clock');

select lives_ok(
    $$ delete from task.change_session where session_id = '00000000-0000-0000-0000-000000000041' $$, 'trials go with their session');
select is_empty($$ select from task.change_trial_lick $$, 'and licks with their trials');
select lives_ok($$ delete from imaging.plane $$, 'ROIs go with their plane');
select is_empty($$ select from imaging.roi $$, 'and none is left');

select * from finish();
rollback;
