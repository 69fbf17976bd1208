-- The views say what the hand-made rows of fixture/ imply.
\set ON_ERROR_STOP on
begin;
select no_plan();
\ir fixture/small.sql
\ir fixture/computed.sql

select results_eq(
    $$ select right(session_id::text, 2), lab_name, subject_nickname, task, start_local, duration_s,
              is_duration_from_trials, age_days, project_names, user_names
       from core.session_context order by session_id $$,
    $$ values
        ('11', 'alpha', 'a1', 'habituation', timestamp '2019-05-01 09:30', null::double precision, false, 120, null::text, null::text),
        ('12', 'alpha', 'a1', 'training', '2019-05-02 09:30', 1800.5, false, 121, 'learning', 'ann, bob'),
        ('13', 'alpha', 'a1', 'training', '2019-05-02 14:00', 600, false, 121, null, 'ann'),
        ('14', 'alpha', 'a1', 'biased', null, 30, true, 123, null, null),
        ('21', 'alpha', 'a2', null, '2019-05-02 21:15', null, false, 90, null, null),
        ('31', 'beta', 'b1', 'training', '2019-06-01 09:00', null, false, null, null, null) $$,
    'sessions with their context');
select results_eq(
    $$ select subject_nickname, institution_short, time_zone, project_names from core.subject_context order by 1 $$,
    $$ values ('a1', 'AU', 'America/New_York', 'learning, states'), ('a2', 'AU', 'America/New_York', null),
              ('b1', null, 'UTC', null) $$,
    'subjects with their context');

select results_eq(
    $$ select trial, signed_contrast, choice, is_right, is_correct, is_correct_easy, is_rewarded, response_time_s
       from analysis.trial where session_id = '00000000-0000-0000-0000-000000000012' order by trial $$,
    $$ values
        (1, 1::double precision, 'right', true, true, true, true, 0.5::double precision),
        (2, -1, 'right', true, false, false, false, 1),
        (3, 0, 'left', false, null, null, true, 0.25),
        (4, 0.25, 'right', true, true, null, true, 0.75),
        (5, -0.5, 'left', false, true, true, true, 2),
        (6, 1, 'no-go', null, false, false, null, null) $$,
    'trials recoded');
select results_eq(
    $$ select probability_left_percent from analysis.trial
       where session_id = '00000000-0000-0000-0000-000000000014' order by trial $$,
    array[20, 70, 80], 'probabilities are rounded, not cut');
select results_eq(
    $$ select trial, previous_choice, previous_outcome, previous_contrast, is_repeat
       from analysis.trial_history
       where session_id in ('00000000-0000-0000-0000-000000000012', '00000000-0000-0000-0000-000000000013')
       order by session_id, trial $$,
    $$ values
        (1, null, null, null::double precision, null::boolean),
        (2, 'right', 'post_correct', 1, true),
        (3, 'right', 'post_error', -1, false),
        (4, 'left', 'post_correct', 0, false),
        (5, 'right', 'post_correct', 0.25, false),
        (6, 'left', 'post_correct', -0.5, null),
        (1, null, null, null, null),
        (2, 'right', 'post_correct', 1, false),
        (3, 'left', 'post_correct', -1, true),
        (4, 'left', 'post_error', 0.5, false) $$,
    'history does not reach across sessions');
select results_eq(
    $$ select count(*), count(*) filter (where is_response), count(*) filter (where is_rewarded), min(paradigm)
       from task.trial $$,
    $$ values (13::bigint, 11::bigint, 9::bigint, 'choice') $$, 'what trials share');

select results_eq(
    $$ select right(subject_id::text, 1), session_date, n_sessions, training_day
       from analysis.training_day order by subject_id, session_date $$,
    $$ values ('1', date '2019-05-01', 1, 0), ('1', '2019-05-02', 2, 1), ('1', '2019-05-04', 1, 2),
              ('2', '2019-05-02', 1, 1), ('3', '2019-06-01', 1, 1) $$,
    'habituation days do not count, days without protocol do');
select results_eq(
    $$ select right(session_id::text, 2), session_ordinal from analysis.session_order order by session_id $$,
    $$ values ('11', 1), ('12', 2), ('13', 3), ('14', 4), ('21', 1), ('31', 1) $$, 'order of sessions');

select results_eq(
    $$ select right(session_id::text, 2), n_trials, performance, bias_percent, bias_50_percent, fit_quality, has_reaction_time,
              training_status, training_status_brainbox, is_protocol_inferred
       from analysis.session order by session_id $$,
    $$ values
        ('11', null::integer, null::double precision, null::double precision, null::double precision, null, false, null, null, false),
        ('12', 6, 0.5, 10, 11, 'flat', true, 'in training', null, false),
        ('13', 4, 0.5, null, null, null, false, 'trained 1a', 'trained 1b', false),
        ('14', 3, 2.0::double precision / 3, null, null, null, false, null, null, true),
        ('21', null, null, null, null, null, false, null, null, false),
        ('31', null, null, null, null, null, false, null, null, false) $$,
    'every session stands once, with what is computed');
update task.psychometric_fit set fit_quality = 'good', bias_shift_percent = 12.5, bias_shift_quality = 'at_bound';
select results_eq(
    $$ select fit_quality, bias_shift_percent, bias_shift_quality from analysis.session where bias_shift_percent is not null $$,
    $$ values ('good', 12.5::double precision, 'at_bound') $$,
    'a shift of bias tells its own quality, beside that of the function of all trials');
update task.session_performance set is_block_structure_flagged = true;
select results_eq(
    $$ select task, is_block_structure_flagged from analysis.session where n_trials is not null order by session_id $$,
    $$ values ('training', null::boolean), ('training', null), ('biased', true) $$,
    'training, whose probabilities may change from trial to trial, has no block structure to flag');
update core.session set task_protocol = null, is_protocol_inferred = false
where session_id = '00000000-0000-0000-0000-000000000013';
select results_eq(
    $$ select task_protocol, is_protocol_inferred from analysis.session
       where session_id = '00000000-0000-0000-0000-000000000013' $$,
    $$ values ('training', true) $$, 'a missing protocol is told from the trials, and marked');
select is_empty(
    $$ select protocol from (
           select 'trial' as view, task_protocol as protocol, is_protocol_inferred from analysis.trial
           where session_id = '00000000-0000-0000-0000-000000000013'
           union select 'ibl_session', task_protocol, is_protocol_inferred from analysis.ibl_session
           where session_uuid = '00000000-0000-0000-0000-000000000013'
           union select 'context', task_protocol, is_protocol_inferred from core.session_context
           where session_id = '00000000-0000-0000-0000-000000000013'
       ) as told (view, protocol, is_inferred)
       where protocol is distinct from 'training' or not is_inferred $$,
    'and every view tells the same');
select results_eq(
    $$ select subject_nickname, n_sessions, n_trials, first_session_date, last_session_date, training_status, trained_date
       from analysis.subject order by subject_nickname $$,
    $$ values ('a1', 4, 13, date '2019-05-01', date '2019-05-04', 'trained 1a', date '2019-05-02'),
              ('a2', 1, 0, '2019-05-02', '2019-05-02', null, null),
              ('b1', 1, 0, '2019-06-01', '2019-06-01', null, null) $$,
    'subjects');

-- The tutorial's words.
select results_eq(
    $$ select subject_nickname, session_start_time, n_correct_trials, training_status, user_name
       from analysis.ibl_trial_set
       natural join analysis.ibl_psych_results
       natural join analysis.ibl_session_training_status
       natural join analysis.ibl_session_user
       natural join analysis.ibl_subject
       where n_trials > 4 order by user_name $$,
    $$ values ('a1', timestamp '2019-05-02 09:30', 3, 'in_training', 'ann'),
              ('a1', timestamp '2019-05-02 09:30', 3, 'in_training', 'bob') $$,
    'natural joins of the tutorial''s tables');
select results_eq(
    $$ select trial_response_choice, count(*) from analysis.ibl_trial group by 1 order by 1 $$,
    $$ values ('CCW', 6::bigint), ('CW', 5::bigint), ('No Go', 2::bigint) $$, 'choices under their old names');
select results_eq(
    $$ select session_start_time, session_date, is_start_time_known from analysis.ibl_session
       where session_uuid in ('00000000-0000-0000-0000-000000000014', '00000000-0000-0000-0000-000000000012') order by 1 $$,
    $$ values (timestamp '2019-05-02 09:30', date '2019-05-02', true), ('2019-05-04 00:00:00.000001', '2019-05-04', false) $$,
    'a session of which only the date is known has a key that is no time of day, and its date');
select is_empty(
    $$ select session_uuid from analysis.ibl_session join analysis.session on session_id = session_uuid
       where ibl_session.session_date is distinct from session.session_date $$,
    'which is the date of analysis.session');
select results_eq(
    $$ select user_name from analysis.ibl_session_user where session_uuid = '00000000-0000-0000-0000-000000000014' $$,
    array[null::text], 'a session whose people are not recorded is not lost');
select results_eq(
    $$ select reaction_time, reaction_time_contrasts from analysis.ibl_reaction_time $$,
    $$ values (array[1, 2, 0.25, 0.75, 2.75]::double precision[], array[-1, -0.5, 0, 0.25, 1]::double precision[]) $$,
    'reaction times stand with their own contrasts; no-go trials count');
select results_eq(
    $$ select session_date, prob_left_block, prob_left from analysis.ibl_behavioral_summary_by_date_psych_results order by 1, 2 $$,
    $$ values (date '2019-05-02', 0, 0.5::double precision), ('2019-05-04', 1, 0.2), ('2019-05-04', 2, 0.8), ('2019-05-04', 1070, 0.7) $$,
    'blocks of a day are counted as the tutorial counts them');
select results_eq(
    $$ select n_trials_date, median_reaction_time, training_day, training_week, prob_left_block, n_trials_stim, reaction_time_stim
       from analysis.ibl_behavioral_summary_by_date natural join analysis.ibl_behavioral_summary_by_date_contrast
       where signed_contrast = -1 $$,
    $$ values (10, 1::double precision, 1, 0, 0, 2, 1::double precision) $$, 'points of a day join with the day');
select results_eq(
    $$ select signed_contrast, n_trials_stim, n_trials_stim_right, prob_choose_right, reaction_time_stim from analysis.ibl_psych_contrast
       where session_uuid = '00000000-0000-0000-0000-000000000012' order by 1 $$,
    $$ values (-1::double precision, 1, 1, 1::double precision, 1::double precision), (-0.5, 1, 0, 0, 2), (0, 1, 0, 0, 0.25),
              (0.25, 1, 1, 1, 0.75), (1, 2, 1, 0.5, 2.75) $$,
    'contrasts of a session: a no-go trial is one that did not go right');
insert into store.dataset_type (dataset_type_name) values ('trials.included') on conflict do nothing;
insert into store.dataset (session_id, collection, dataset_name, revision, dataset_type_name, size_bytes) values
    ('00000000-0000-0000-0000-000000000013', 'alf', '_ibl_trials.included.npy', '', 'trials.included', 1),
    ('00000000-0000-0000-0000-000000000013', 'raw_behavior_data', '_iblrig_ambientSensorData.raw.jsonable', '', null, 1);
select results_eq(
    $$ select stim_on_times_status, rep_num_status, included_status, ambient_sensor_data_status, go_cue_times_status
       from analysis.ibl_complete_trial_session where session_uuid = '00000000-0000-0000-0000-000000000013' $$,
    $$ values ('Partial', 'Missing', 'Complete', 'Complete', 'Missing') $$, 'completeness of trials by values and files');
update task.choice_trial set probability_left = null where session_id = '00000000-0000-0000-0000-000000000013';
select is_empty(
    $$ select from analysis.ibl_complete_trial_session where session_uuid = '00000000-0000-0000-0000-000000000013' $$,
    'without a dataset that the reference asks for a session is not complete');
update task.choice_trial set probability_left = 0.5 where session_id = '00000000-0000-0000-0000-000000000013';

-- Keys of a subject are unique, whatever is known of the starts: three sessions of one date without a time, two with the
-- same number, and two that began in the same moment.
insert into core.session (session_id, subject_id, lab_name, session_date, session_number, start_time, source) values
    ('00000000-0000-0000-0000-000000000041', '00000000-0000-0000-0000-000000000002', 'alpha', '2019-05-07', 1, null, 'ibl'),
    ('00000000-0000-0000-0000-000000000042', '00000000-0000-0000-0000-000000000002', 'alpha', '2019-05-07', 1, null, 'ibl'),
    ('00000000-0000-0000-0000-000000000043', '00000000-0000-0000-0000-000000000002', 'alpha', '2019-05-07', 2, null, 'ibl'),
    ('00000000-0000-0000-0000-000000000044', '00000000-0000-0000-0000-000000000002', 'alpha', '2019-05-07', null, null, 'ibl'),
    ('00000000-0000-0000-0000-000000000045', '00000000-0000-0000-0000-000000000002', 'alpha', '2019-05-08', 1,
     '2019-05-08 14:00:00+00', 'ibl'),
    ('00000000-0000-0000-0000-000000000046', '00000000-0000-0000-0000-000000000002', 'alpha', '2019-05-08', 2,
     '2019-05-08 14:00:00+00', 'ibl');
select results_eq(
    $$ select right(session_uuid::text, 2), session_start_time from analysis.ibl_session
       where session_uuid >= '00000000-0000-0000-0000-000000000041' order by session_start_time $$,
    $$ values ('41', timestamp '2019-05-07 00:00:00.000001'), ('42', '2019-05-07 00:00:00.000002'),
              ('43', '2019-05-07 00:00:00.000003'), ('44', '2019-05-07 00:00:00.000004'),
              ('45', '2019-05-08 10:00'), ('46', '2019-05-08 10:00:00.001') $$,
    'session_start_time is a key');

-- What is called performance here is not called so there.
select results_eq(
    $$ select subject_id, session_date, n_judged, comparable_performance from analysis.task_day where task = 'choice' order by 1, 2 $$,
    $$ select subject_id, session_date, n_easy, performance_easy from analysis.learning_curve order by 1, 2 $$,
    'in the choice task the performance that compares with other tasks is that of easy trials');
select cmp_ok((select count(*) from analysis.learning_curve where performance <> performance_easy), '>', 0::bigint,
    'which is not that of all trials');

-- What a person took out, and what is made up.
insert into core.exclusion (session_id, subject_id, reason, added_by) values
    ('00000000-0000-0000-0000-000000000012', null, 'noise', 'ann'),
    (null, '00000000-0000-0000-0000-000000000002', 'ill', 'ann');
insert into core.exclusion (session_id, fiber_idx, reason, added_by) values
    ('00000000-0000-0000-0000-000000000013', 0, 'dead fibre', 'ann');
select results_eq(
    $$ select right(session_id::text, 2), is_excluded, source from analysis.session
       where session_id <= '00000000-0000-0000-0000-000000000031' order by session_id $$,
    $$ values ('11', false, 'ibl'), ('12', true, 'ibl'), ('13', false, 'ibl'), ('14', false, 'ibl'), ('21', true, 'ibl'),
              ('31', false, 'simulated') $$,
    'sessions that were taken out, themselves or with their subject; a fibre is not a session');
select results_eq(
    $$ select subject_nickname, is_excluded, source from analysis.subject order by 1 $$,
    $$ values ('a1', false, 'ibl'), ('a2', true, 'ibl'), ('b1', false, 'simulated') $$, 'subjects that were taken out');
select is((select count(*) from analysis.trial where is_excluded), 6::bigint, 'their trials are marked');
select results_eq(
    $$ select session_date, n_sessions, n_trials, performance, is_excluded from analysis.learning_curve
       where subject_nickname = 'a1' order by 1 $$,
    $$ values (date '2019-05-02', 1, 4, 0.5::double precision, false), ('2019-05-04', 1, 3, 2.0::double precision / 3, false) $$,
    'a day is pooled without them');
insert into core.exclusion (session_id, reason, added_by) values ('00000000-0000-0000-0000-000000000014', 'noise', 'ann');
select results_eq(
    $$ select session_date, is_excluded from analysis.learning_curve where subject_nickname = 'a1' order by 1 $$,
    $$ values (date '2019-05-02', false), ('2019-05-04', true) $$, 'a day with nothing else is marked');
-- The same in the tutorial's words: what is told of a session is told alike in all of its views, so that natural joins lose nothing.
select is_empty(
    $$ select name, session_uuid
       from (
           select 'session', session_uuid, source, is_excluded from analysis.ibl_session
           union all select 'user', session_uuid, source, is_excluded from analysis.ibl_session_user
           union all select 'trial_set', session_uuid, source, is_excluded from analysis.ibl_trial_set
           union all select 'trial', session_uuid, source, is_excluded from analysis.ibl_trial
           union all select 'psych', session_uuid, source, is_excluded from analysis.ibl_psych_results
           union all select 'block', session_uuid, source, is_excluded from analysis.ibl_psych_results_block
           union all select 'reaction_time', session_uuid, source, is_excluded from analysis.ibl_reaction_time
           union all select 'status', session_uuid, source, is_excluded from analysis.ibl_session_training_status
           union all select 'session_project', session_uuid, source, is_excluded from analysis.ibl_session_project
           union all select 'settings', session_uuid, source, is_excluded from analysis.ibl_settings
           union all select 'session_delay', session_uuid, source, is_excluded from analysis.ibl_session_delay
           union all select 'complete_trial_session', session_uuid, source, is_excluded from analysis.ibl_complete_trial_session
           union all select 'psych_contrast', session_uuid, source, is_excluded from analysis.ibl_psych_contrast
           union all select 'psych_contrast_block', session_uuid, source, is_excluded from analysis.ibl_psych_contrast_block
           union all select 'key', session_id, source, is_excluded from core.session_key
           union all select 'task.trial', session_id, source, is_excluded from task.trial
       ) as told (name, session_uuid, source, is_excluded)
       where not exists (
           select from analysis.session
           where session.session_id = told.session_uuid and session.source = told.source and session.is_excluded = told.is_excluded
       ) $$,
    'and every view tells the same of a session');
select results_eq(
    $$ select subject_nickname, session_sources, is_subject_excluded, count(session_uuid)
       from analysis.ibl_subject natural left join analysis.ibl_session group by 1, 2, 3 order by 1 $$,
    $$ values ('a1', 'ibl', false, 4::bigint), ('a2', 'ibl', true, 7), ('b1', 'simulated', false, 1) $$,
    'a subject stands beside its sessions with an exclusion of its own');
select results_eq(
    $$ select session_date, source, is_excluded from analysis.ibl_behavioral_summary_by_date order by 1 $$,
    $$ select session_date, source, is_excluded from analysis.learning_curve order by 1 $$, 'days as in the learning curve');
update core.exclusion set lifted_by = 'bob', lifted_at = now() where session_id is not null;
select is_empty($$ select from analysis.trial where is_excluded $$, 'lifted exclusions do not count');

-- Trials without contrast.
update task.choice_trial set contrast_left = null, contrast_right = null
where session_id = '00000000-0000-0000-0000-000000000014' and trial = 1;
select results_eq(
    $$ select signed_contrast, is_correct, is_correct_easy from analysis.trial
       where session_id = '00000000-0000-0000-0000-000000000014' and trial = 1 $$,
    $$ values (null::double precision, null::boolean, null::boolean) $$, 'a missing contrast is not contrast 0');
select results_eq(
    $$ select trial_stim_contrast_left, trial_stim_contrast_right from analysis.ibl_trial
       where session_uuid = '00000000-0000-0000-0000-000000000014' and trial_id = 1 $$,
    $$ values (null::double precision, null::double precision) $$, 'nor under its old name');

-- Natural joins of all that the tutorial joins: no view is run through anew for each row of another, however many sessions there are.
set local session_replication_role = replica;
create temporary table many as
select ('00000000-0000-0000-0001-' || lpad(n::text, 12, '0'))::uuid as session_id, date '2020-01-01' + n as session_date
from generate_series(1, 2000) as n;
create function pg_temp.like_session_12(p_table regclass) returns void language plpgsql as $$
begin
    execute format(
        'insert into %1$s select (jsonb_populate_record(t, to_jsonb(many))).* from %1$s as t cross join many '
        'where t.session_id = ''00000000-0000-0000-0000-000000000012''', p_table);
    execute format('analyze %s', p_table);
end
$$;
select lives_ok(format('select pg_temp.like_session_12(%L)', name), name || ' of 2000 sessions')
from unnest(array['core.session', 'task.choice_session', 'task.session_performance', 'task.psychometric_fit', 'task.reaction_time',
                  'task.training_status']) as t (name);
set local session_replication_role = origin;
create function pg_temp.plan_of(p_query text) returns jsonb language plpgsql as $$
declare
    v_plan jsonb;
begin
    execute 'explain (format json) ' || p_query into v_plan;
    return v_plan;
end
$$;
select is_empty(
    $$ select loops.node
       from jsonb_path_query(
           pg_temp.plan_of('select * from analysis.ibl_trial_set natural join analysis.ibl_psych_results
               natural join analysis.ibl_reaction_time natural join analysis.ibl_session_training_status
               natural join analysis.ibl_session natural join analysis.ibl_session_user natural join analysis.ibl_subject
               natural join analysis.ibl_subject_lab natural join analysis.ibl_lab
               where task_protocol like ''%training%'' and source <> ''simulated'' and not is_excluded'),
           'strict $.**?(@."Node Type" == "Nested Loop")') as loops (node)
       where not exists (
           select from generate_series(0, 1) as side
           where not jsonb_path_exists(loops.node -> 'Plans' -> side, 'strict $.**?(@."Function Name" == "session_keys")')
       ) $$,
    'a join of the whole tutorial does not grow with the square of the sessions');

-- erf(0.5) = 0.5204998778, erf(1) = 0.8427007929 (tables of the error function).
select ok(
    abs(analysis.psychometric_value(x, 10, 20, 0.1, 0.2) - (0.1 + 0.7 * (1 + erf) / 2)) < 2e-7,
    format('psychometric curve at %s', x))
from (values (10.0, 0.0), (20, 0.5204998778), (0, -0.5204998778), (30, 0.8427007929), (-10, -0.8427007929), (100, 1),
             (-100, -1)) as v (x, erf);
select is(analysis.psychometric_value(0, 0, 0, 0, 0), null, 'a threshold of 0 has no curve');

select * from finish();
rollback;
