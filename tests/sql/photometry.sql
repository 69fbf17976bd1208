-- The photometry views, exclusions and lookups say what the hand-made rows of fixture/ imply.
\set ON_ERROR_STOP on
begin;
select no_plan();
\ir fixture/small.sql
\ir fixture/computed.sql
\ir fixture/photometry.sql

-- Session 31 did well; two errors that ingest wrote, one of them of a session without photometry.
insert into task.choice_session (session_id, n_trials) values ('00000000-0000-0000-0000-000000000031', 0);
insert into photometry.session_performance (
    session_id, session_type, is_session_type_inferred, n_trials, fraction_correct, n_blocks, min_block_length,
    is_block_repaired, n_trials_repaired
) values
    ('00000000-0000-0000-0000-000000000031', 'training', false, 100, 0.9, 1, 100, false, 0);
insert into photometry.performance_contrast (session_id, contrast_percent, n_trials, n_responses, n_rewarded, fraction_correct)
select '00000000-0000-0000-0000-000000000031', contrast, 20, 20, 16, 0.8
from unnest(array[0, 6.25, 12.5, 25, 100]) as c (contrast);
insert into core.session_error (source, identifier, error_type, message, session_id, lab_name) values
    ('ibl', 'alpha/a1/2019-05-04/001', 'TrialsNotInPhotometryTime', 'trials begin early',
     '00000000-0000-0000-0000-000000000014', 'alpha'),
    ('ibl', 'alpha/a1/2019-05-04/002', 'NoSuchType', 'of a session without photometry',
     '00000000-0000-0000-0000-000000000011', 'alpha');

select results_eq(
    $$ select right(session_id::text, 2), subject_nickname, session_type, nm, brain_region, hemisphere, target_nm, day_n, session_n,
              pipeline_session_length_s, passes_session_check
       from analysis.photometry_session order by session_id $$,
    $$ values
        ('11', 'a1', 'habituation', null, array[]::text[], array[]::text[], array[]::text[], 0, 1,
         null::double precision, false),
        ('12', 'a1', 'training', 'DA', '{VTA-l,LC}', '{l,""}', '{VTA-DA,LC-NE}', 1, 2, 1800.5, true),
        ('13', 'a1', 'training', 'DA', '{VTA-l}', '{l}', '{VTA-DA}', 1, 2, 600, true),
        ('14', 'a1', 'biased', '5HT', '{MR-r}', '{r}', '{MR-5HT}', 3, 3, null, false),
        ('31', 'b1', 'training', '5HT', '{DR}', '{l}', '{DR-5HT}', 0, 1, null, false) $$,
    'sessions of the catalogue with parallel lists');
select results_eq(
    $$ select right(session_id::text, 2), duration_s, is_duration_from_trials, pipeline_session_length_s
       from analysis.photometry_session order by session_id $$,
    $$ values
        ('11', null::double precision, false, null::double precision), ('12', 1800.5, false, 1800.5), ('13', 600, false, 600),
        ('14', 30, true, null), ('31', null, false, null) $$,
    'a session without an end is as long as its trials, and says so; the pipeline''s length stays apart');
select results_eq(
    $$ select session_id, duration_s, is_duration_from_trials from analysis.photometry_session order by session_id $$,
    $$ select session_id, duration_s, is_duration_from_trials from analysis.session
       where session_id in (select session_id from photometry.catalog_session) order by session_id $$,
    'as in analysis.session');
select results_eq(
    $$ select users, projects from analysis.photometry_session where right(session_id::text, 2) = '12' $$,
    $$ values (array['ann', 'bob'], array['learning']) $$, 'with people and projects');
select is_empty(
    $$ select session_id from analysis.photometry_session
       where array_length(brain_region, 1) is distinct from array_length(hemisphere, 1)
          or array_length(brain_region, 1) is distinct from array_length(target_nm, 1) $$,
    'the lists are equally long');

select results_eq(
    $$ select right(session_id::text, 2), fiber_idx, target_nm, hemisphere, recorded_region, is_excluded
       from analysis.photometry_recording order by session_id, fiber_idx $$,
    $$ values ('12', 0, 'VTA-DA', 'l', 'VTA-l', false), ('12', 1, 'LC-NE', null, 'LC', true), ('13', 0, 'VTA-DA', 'l', 'VTA-l', false),
              ('14', 0, 'MR-5HT', 'r', 'MR-r', false), ('31', 0, 'DR-5HT', 'l', 'DRN', true) $$,
    'recordings, with what a person took out; a lifted exclusion does not count');

select results_eq(
    $$ select right(session_id::text, 2), n_sessions, is_good, is_kept, is_true_duplicate from analysis.photometry_duplicate order by session_id $$,
    $$ values ('12', 2, true, true, true), ('13', 2, true, false, false), ('14', 1, false, true, false), ('31', 1, true, true, false) $$,
    'of two good sessions of a day the first is kept, and the duplicate is logged there');

select results_eq(
    $$ select right(session_id::text, 2), error_type from analysis.photometry_error order by session_id nulls first, error_type $$,
    $$ values (null, 'MissingExtractedData'), ('12', 'FewUniqueSamples'), ('12', 'TrueDuplicateSession'),
              ('13', 'HemisphereMismatch'), ('14', 'TrialsNotInPhotometryTime') $$,
    'the error log joins ingest, catalogue, computed parts and duplicates; errors of other fields stay out');
insert into photometry.signal_qc_error (session_id, fiber_idx, params_id, error_no, error_type, message) values
    ('00000000-0000-0000-0000-000000000012', 0, 'default', 2, 'FewUniqueSamples', 'VTA-l/Isosbestic=0.050');
select is((select count(*) from analysis.photometry_error), 5::bigint, 'the same error twice is one row');
select columns_are('analysis', 'photometry_error', array[
    'session_id', 'lab_name', 'subject_nickname', 'session_date', 'error_type', 'error_message', 'traceback', 'source', 'is_excluded']);
update core.session_error set resolved_at = now() where error_type = 'TrialsNotInPhotometryTime';
select is_empty($$ select from analysis.photometry_error where error_type = 'TrialsNotInPhotometryTime' $$, 'what was resolved is gone');
update core.session_error set resolved_at = null where error_type = 'TrialsNotInPhotometryTime';

-- Failed keys: whatever the job tables hold.
delete from photometry.session_check_job where session_id = '00000000-0000-0000-0000-000000000014';
insert into photometry.session_check_job (session_id, state, error_type, error_message) values
    ('00000000-0000-0000-0000-000000000014', 'error', 'QCValidationError', 'early samples detected');
select results_eq(
    $$ select table_name, right(session_id::text, 2), error_type, message from photometry.failed_keys() $$,
    $$ values ('photometry.session_check', '14', 'QCValidationError', 'early samples detected') $$, 'failed keys');
select results_eq(
    $$ select error_message, traceback from analysis.photometry_error where error_type = 'QCValidationError' $$,
    $$ values ('early samples detected', null::text) $$, 'stand in the error log');

select results_eq(
    $$ select right(session_id::text, 2), has_session_type, is_not_excluded, has_no_blocker, is_kept, has_target, reaches_performance,
              has_required_contrasts, has_signal, has_trials, has_responses, is_analysed, logged_errors
       from analysis.photometry_gate order by session_id $$,
    $$ values
        ('12', true, true, true, true, true, true, true, true, true, true, true, array['FewUniqueSamples', 'TrueDuplicateSession']),
        ('13', true, true, true, false, true, false, true, true, true, false, false, array['HemisphereMismatch']),
        ('14', true, true, false, true, false, true, false, true, true, false, false, array['QCValidationError', 'TrialsNotInPhotometryTime']),
        ('31', true, false, true, true, true, true, true, true, false, false, false, array[]::text[]) $$,
    'each condition of the gate');
select results_eq(
    $$ select right(session_id::text, 2) from analysis.photometry_analysis_session $$, array['12'], 'analyses take one session');
select results_eq(
    $$ select right(session_id::text, 2), fiber_idx from analysis.photometry_analysis_recording $$, $$ values ('12', 0) $$,
    'and not the recording that was taken out');
update core.exclusion set lifted_by = 'ann', lifted_at = now() where lifted_at is null;
select results_eq(
    $$ select right(session_id::text, 2), fiber_idx from analysis.photometry_analysis_recording order by 1, 2 $$,
    $$ values ('12', 0) $$, 'once lifted the recording is still without responses; session 31 has no trials either');
insert into store.array (array_id, file, dataset, shape, dtype, checksum, n_bytes, stored_bytes, filter, run_id) values
    ('00000000-0000-0000-0000-0000000000a7', 'photometry/q.h5', 'other', '{1800}', 'float64', repeat('0', 32), 14400, 14400,
     'none', '00000000-0000-0000-0000-0000000000b1');
insert into photometry.preprocessed (
    session_id, fiber_idx, preprocess_params_id, signal_array_id, start_s, sampling_rate_hz, n_samples, n_raw_samples,
    raw_rate_hz, iso_correlation, iso_slope, iso_intercept, mean, sd
) values
    ('00000000-0000-0000-0000-000000000012', 1, 'default', '00000000-0000-0000-0000-0000000000a7', 0, 30, 1800, 900, 15,
     0.5, 1, 0, 0, 1);
insert into photometry.response_set (
    session_id, fiber_idx, preprocess_params_id, response_params_id, n_trials, n_events, n_samples, sampling_rate_hz, first_offset_s
) values
    ('00000000-0000-0000-0000-000000000012', 1, 'default', 'default', 6, 1, 60, 30, -1);
insert into photometry.response (
    session_id, fiber_idx, preprocess_params_id, response_params_id, event, traces_array_id, n_valid
) values
    ('00000000-0000-0000-0000-000000000012', 1, 'default', 'default', 'stimOn_times', '00000000-0000-0000-0000-0000000000a7', 0);
select results_eq(
    $$ select fiber_idx, has_responses from analysis.photometry_recording where right(session_id::text, 2) = '12' order by 1 $$,
    $$ values (0, true), (1, false) $$, 'responses of no trial are none');
update photometry.response set n_valid = 1 where fiber_idx = 1;
select results_eq(
    $$ select right(session_id::text, 2), fiber_idx from analysis.photometry_analysis_recording order by 1, 2 $$,
    $$ values ('12', 0), ('12', 1) $$, 'with its responses it is analysed');
insert into photometry.raw_qc (session_id, n_frames, n_early_samples, n_band_inversions, n_gap_frames) values
    ('00000000-0000-0000-0000-000000000031', 1000, 0, 0, 0);
insert into photometry.session_check (session_id, n_trials, first_sample_s, last_sample_s) values
    ('00000000-0000-0000-0000-000000000031', 1, 0, 60);
insert into store.array (array_id, file, dataset, shape, dtype, checksum, n_bytes, stored_bytes, filter, run_id) values
    ('00000000-0000-0000-0000-0000000000a9', 'photometry/q.h5', 'signal', '{1800}', 'float64', repeat('0', 32), 14400, 14400,
     'none', '00000000-0000-0000-0000-0000000000b1');
insert into photometry.preprocessed (
    session_id, fiber_idx, preprocess_params_id, signal_array_id, start_s, sampling_rate_hz, n_samples, n_raw_samples,
    raw_rate_hz, iso_correlation, iso_slope, iso_intercept, mean, sd
) values
    ('00000000-0000-0000-0000-000000000031', 0, 'default', '00000000-0000-0000-0000-0000000000a9', 0, 30, 1800, 900, 15,
     0.5, 1, 0, 0, 1);
insert into photometry.response_set (
    session_id, fiber_idx, preprocess_params_id, response_params_id, n_trials, n_events, n_samples, sampling_rate_hz, first_offset_s
) values
    ('00000000-0000-0000-0000-000000000031', 0, 'default', 'default', 1, 1, 60, 30, -1);
insert into task.choice_trial (session_id, trial, choice, probability_left, end_s) values
    ('00000000-0000-0000-0000-000000000031', 1, 1, 0.5, 10);
insert into photometry.response (
    session_id, fiber_idx, preprocess_params_id, response_params_id, event, traces_array_id, n_valid
) values
    ('00000000-0000-0000-0000-000000000031', 0, 'default', 'default', 'stimOn_times', '00000000-0000-0000-0000-0000000000a9', 1);
select results_eq(
    $$ select is_checked, has_responses, is_analysed from analysis.photometry_gate where right(session_id::text, 2) = '31' $$,
    $$ values (false, true, false) $$, 'signals that were not judged are not analysed: nothing could have kept them out');
insert into photometry.signal_qc (
    session_id, fiber_idx, params_id, n_samples, start_s, end_s, min_unique_samples, bleaching_tau_s, is_bleaching
) values
    ('00000000-0000-0000-0000-000000000031', 0, 'default', 500, 0, 60, 0.05, 900, false);
select results_eq(
    $$ select right(session_id::text, 2), fiber_idx from analysis.photometry_analysis_recording order by 1, 2 $$,
    $$ values ('12', 0), ('12', 1), ('31', 0) $$, 'with them it is analysed');
insert into photometry.performance_contrast values ('00000000-0000-0000-0000-000000000012', 50, 1, 1, 1, 1);
select is((select has_required_contrasts from analysis.photometry_gate where right(session_id::text, 2) = '12'), false,
    'another contrast breaks the set');

select results_eq(
    $$ select band, n_unique_samples, n_unique_samples_reference, ar_score,
              bleaching_tau_s, passes_unique_samples, passes_basic_qc
       from analysis.photometry_qc order by band $$,
    $$ values ('GCaMP', 0.25::double precision, 0.5::double precision, 0.875::double precision, 900::double precision, true, true),
              ('Isosbestic', 0.05, 0.75, 0.625, null, false, false) $$,
    'quality with its flags, judged on the whole signal');
select results_eq(
    $$ select n_trials, contrasts, fraction_rewarded_easy, psych_50_bias_percent, psych_50_lapse_left, psych_50_lapse_right,
              psych_20_bias_percent, bias_shift_percent, psych_50_fit_quality
       from analysis.photometry_performance where right(session_id::text, 2) = '12' $$,
    $$ values (100, array[0, 0.0625, 0.125, 0.25, 0.5, 1]::double precision[], 0.9::double precision, -2::double precision,
               0.05::double precision, 0.1::double precision, null::double precision, null::double precision, 'good') $$,
    'performance with psychometrics by block');
update photometry.session_performance set bias_shift_percent = 12.5, bias_shift_quality = 'flat' where right(session_id::text, 2) = '12';
select results_eq(
    $$ select bias_shift_percent, bias_shift_quality from analysis.photometry_performance where bias_shift_percent is not null $$,
    $$ values (12.5::double precision, 'flat') $$, 'and the quality of their shift');

-- Responses and regressors of session 12.
select results_eq(
    $$ select trial, signed_contrast, contrast, stim_side, choice, feedbacktype, movement_onset_time_s, stim_to_feedback_s, peak_velocity_rad_s
       from analysis.photometry_trial_regressor where right(session_id::text, 2) = '12' and trial in (1, 3, 5) order by trial $$,
    $$ values (1, 1::double precision, 1::double precision, 'right', -1::double precision, 1::double precision,
               null::double precision, 0.5::double precision, 4::double precision),
              (3, 0, 0, 'left', 1, 1, null, 0.25, null),
              (5, -0.5, 0.5, 'left', 1, 1, null, 2, null) $$,
    'trials as regressions see them');
select results_eq(
    $$ select trial, event, target_nm, session_type, response, response_early, contrast
       from analysis.photometry_response where right(session_id::text, 2) = '12' order by trial $$,
    $$ values (1, 'stimOn_times', 'VTA-DA', 'training', 1.5::double precision, 1.5::double precision, 1::double precision),
              (2, 'stimOn_times', 'VTA-DA', 'training', null, null, 1) $$,
    'magnitudes with their trials, of the default parameters');
select results_eq(
    $$ select right(session_id::text, 2), event, n_trials, n_samples, traces_ref from analysis.photometry_response_trace
       where right(session_id::text, 2) = '12' and fiber_idx = 0 $$,
    $$ values ('12', 'stimOn_times', 6, 60, 'photometry/r.h5#stimOn') $$, 'where the traces lie');
select is_empty($$ select from analysis.photometry_error where error_type = 'IncompleteEventTimes' $$,
    'findings of other parameters are not in the error log');
update photometry.response_set_error set response_params_id = 'default';
select results_eq(
    $$ select right(session_id::text, 2) from analysis.photometry_error where error_type = 'IncompleteEventTimes' $$, array['12'],
    'those of the default ones are');

-- Exclusions.
select results_eq(
    $$ select subject_nickname, right(session_id::text, 2), fiber_idx, added_by, is_current from analysis.exclusion order by added_at $$,
    $$ values ('a1', null, null, 'ann', false), ('a1', '12', 1, 'ann', false), ('b1', '31', null, 'bob', false) $$,
    'exclusions with names');
insert into core.exclusion (session_id, reason, added_by) values ('00000000-0000-0000-0000-000000000012', 'again', 'ann');
select throws_ok(
    $$ insert into core.exclusion (session_id, reason, added_by) values ('00000000-0000-0000-0000-000000000012', 'twice', 'bob') $$,
    '23505', null, 'one current exclusion of a thing');
select throws_ok(
    $$ insert into core.exclusion (reason, added_by) values ('of what?', 'bob') $$, '23514', null, 'an exclusion is of something');
select throws_ok(
    $$ insert into core.exclusion (subject_id, fiber_idx, reason, added_by)
       values ('00000000-0000-0000-0000-000000000001', 0, 'fibre of a subject', 'bob') $$, '23514', null, 'a fibre goes with a session');

-- Lookups that change are counted, those that are written again are not.
select is_empty($$ select from photometry.rules_revision where subject_id = '00000000-0000-0000-0000-000000000009' $$, 'no subject, no row');
create temporary table before_change as select subject_id, revision from photometry.rules_revision;
update photometry.target set description = description;
select results_eq('select subject_id, revision from photometry.rules_revision order by 1', 'select * from before_change order by 1',
    'the same rows again are no change');
insert into photometry.region_rename values ('VTa', 'VTA');
select is(
    (select count(*) from photometry.rules_revision left join before_change using (subject_id)
     where rules_revision.revision = coalesce(before_change.revision, 0) + 1),
    3::bigint, 'a new name is a change for every subject');

-- Holes: of the preprocessed signal, and the frames that are missing.
select results_eq(
    $$ select right(session_id::text, 2), fiber_idx, n_frames, n_missing_frames, n_skipped_frames, longest_hole_s, n_holes, holes_s,
              n_trials_in_holes, signal_s
       from analysis.photometry_missing where right(session_id::text, 2) in ('12', '13') order by 1, 2 $$,
    $$ values ('12', 0, 1000, null::integer, null::integer, null::double precision, 0, 0::double precision, 0, 60::double precision),
              ('12', 1, 1000, null, null, null, 0, 0, 0, 60),
              ('13', 0, 1000, null, null, null, null, null, null, null) $$,
    'what was not computed is not known to be whole');
update photometry.raw_qc set n_missing_frames = 300, n_skipped_frames = 290, longest_hole_s = 12
where session_id = '00000000-0000-0000-0000-000000000012';
insert into photometry.preprocessed_hole (session_id, fiber_idx, preprocess_params_id, hole_no, start_s, end_s) values
    ('00000000-0000-0000-0000-000000000012', 0, 'default', 1, 20, 32),
    ('00000000-0000-0000-0000-000000000012', 0, 'default', 2, 58, 59.5);
select results_eq(
    $$ select fiber_idx, n_missing_frames, n_skipped_frames, longest_hole_s, n_holes, holes_s, n_trials_in_holes, brain_region, source
       from analysis.photometry_missing where right(session_id::text, 2) = '12' order by 1 $$,
    $$ values (0, 300, 290, 12::double precision, 2, 13.5::double precision, 2, 'VTA-l', 'ibl'),
              (1, 300, 290, 12, 0, 0, 0, 'LC', 'ibl') $$,
    'missing frames and holes of each recording; the stimuli of two trials, at 21 and 31 s, came in one');
select results_eq(
    $$ select fiber_idx, hole_no, start_s, end_s, duration_s, n_trials, subject_nickname, target_nm from analysis.photometry_hole order by hole_no $$,
    $$ values (0, 1, 20::double precision, 32::double precision, 12::double precision, 2, 'a1', 'VTA-DA'), (0, 2, 58, 59.5, 1.5, 0, 'a1', 'VTA-DA') $$,
    'where they lie');

select * from finish();
rollback;
