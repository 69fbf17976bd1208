-- Peri-event responses and trials as regressions see them. Keys have the names of all views for people, other columns those of
-- the reference's tables where they have a meaning of their own.
-- Trials are numbered from 1, as everywhere here; the reference's tables count from 0.
-- Parameter sets: `default` of preprocessing, responses and wheel. Source: spec/photometry.md, 8.1 and 12.1.

create or replace view analysis.photometry_trial_regressor as
select
    trial.session_id,
    trial.trial,
    session.lab_name,
    session.subject_nickname,
    session.session_date,
    (case when trial.contrast_left is null then 1 else -1 end
        * coalesce(trial.contrast_right, trial.contrast_left))::double precision as signed_contrast,
    coalesce(trial.contrast_right, trial.contrast_left)::double precision as contrast,
    case
        when trial.contrast_left is not null then 'left'
        when trial.contrast_right is not null then 'right'
    end as stim_side,
    trial.choice::double precision as choice,
    trial.feedback_type::double precision as feedbacktype,
    trial.probability_left::double precision as probabilityleft,
    (trial.first_movement_s - trial.stim_on_s)::double precision as movement_onset_time_s,
    (trial.feedback_s - trial.first_movement_s)::double precision as movement_to_feedback_s,
    (trial.feedback_s - trial.stim_on_s)::double precision as stim_to_feedback_s,
    wheel_trial.peak_velocity_rad_s::double precision as peak_velocity_rad_s,
    session.source,
    session.is_excluded
from task.choice_trial as trial
join photometry.photometry_session using (session_id)
join core.session_context as session using (session_id)
left join task.wheel_trial
    on wheel_trial.session_id = trial.session_id
    and wheel_trial.trial = trial.trial
    and wheel_trial.wheel_params_id = 'default';
comment on view analysis.photometry_trial_regressor is
    'Trials of photometry sessions as regressions see them. One row per session and trial.';
comment on column analysis.photometry_trial_regressor.session_id is 'The session.';
comment on column analysis.photometry_trial_regressor.trial is 'Number of the trial within its session, from 1.';
comment on column analysis.photometry_trial_regressor.lab_name is 'Lab where the session was run.';
comment on column analysis.photometry_trial_regressor.subject_nickname is 'Name of the subject within its lab.';
comment on column analysis.photometry_trial_regressor.session_date is 'Calendar date at the rig.';
comment on column analysis.photometry_trial_regressor.signed_contrast is
    'Contrast of the stimulus, negative on the left, -1 to 1; null when none is recorded.';
comment on column analysis.photometry_trial_regressor.contrast is 'Contrast of the stimulus, either side, 0 to 1.';
comment on column analysis.photometry_trial_regressor.stim_side is 'left or right; null when no contrast is recorded.';
comment on column analysis.photometry_trial_regressor.choice is '-1 reports right, 1 reports left, 0 is no response.';
comment on column analysis.photometry_trial_regressor.feedbacktype is '1 reward, -1 error or no response.';
comment on column analysis.photometry_trial_regressor.probabilityleft is
    'Probability of the left side in this block, 0 to 1.';
comment on column analysis.photometry_trial_regressor.movement_onset_time_s is
    'First movement minus stimulus onset [s], which the reference calls reaction_time; null where either is missing.';
comment on column analysis.photometry_trial_regressor.movement_to_feedback_s is
    'Feedback minus first movement [s], which the reference calls movement_time.';
comment on column analysis.photometry_trial_regressor.stim_to_feedback_s is
    'Feedback minus stimulus onset [s], which the reference calls response_time; response_time_s of analysis.trial ends at the response.';
comment on column analysis.photometry_trial_regressor.peak_velocity_rad_s is
    'Greatest speed of the wheel from stimulus onset to feedback [rad/s]; null without wheel.';
comment on column analysis.photometry_trial_regressor.source is 'Source of the session; simulated when it is made up.';
comment on column analysis.photometry_trial_regressor.is_excluded is 'Whether the session or its subject was taken out of analyses by hand.';

create or replace view analysis.photometry_response as
select
    magnitude.session_id,
    magnitude.fiber_idx,
    regressor.lab_name,
    regressor.subject_nickname,
    regressor.session_date,
    session.session_type,
    recording.neuromodulator as nm,
    recording.target_nm,
    recording.brain_region,
    recording.hemisphere,
    magnitude.event,
    magnitude.trial,
    regressor.signed_contrast,
    regressor.contrast,
    regressor.stim_side,
    regressor.choice,
    regressor.feedbacktype,
    regressor.probabilityleft,
    regressor.movement_onset_time_s,
    magnitude.response::double precision as response,
    magnitude.response::double precision as response_early,
    regressor.source,
    regressor.is_excluded or exists (
        select
        from core.exclusion
        where exclusion.lifted_at is null
            and exclusion.session_id = magnitude.session_id
            and exclusion.fiber_idx = magnitude.fiber_idx
    ) as is_excluded
from photometry.response_magnitude as magnitude
join analysis.photometry_trial_regressor as regressor
    on regressor.session_id = magnitude.session_id
    and regressor.trial = magnitude.trial
left join photometry.catalog_recording as recording
    on recording.session_id = magnitude.session_id
    and recording.fiber_idx = magnitude.fiber_idx
left join photometry.catalog_session as session
    on session.session_id = magnitude.session_id
    and session.subject_id = recording.subject_id
where magnitude.preprocess_params_id = 'default'
    and magnitude.response_params_id = 'default';
comment on view analysis.photometry_response is
    'Magnitude of the response to each event of each trial: mean over the early window, after masking of later '
    'events and baseline subtraction. One row per session, fibre, event and trial.';
comment on column analysis.photometry_response.session_id is 'The session.';
comment on column analysis.photometry_response.fiber_idx is 'Number of the fibre within its session, from 0.';
comment on column analysis.photometry_response.lab_name is 'Lab where the session was run.';
comment on column analysis.photometry_response.subject_nickname is 'Name of the subject within its lab.';
comment on column analysis.photometry_response.session_date is 'Calendar date at the rig.';
comment on column analysis.photometry_response.session_type is 'Kind of session: training, biased, ephys, ...; null before the catalogue is made.';
comment on column analysis.photometry_response.nm is 'Neuromodulator; null when the region is no target.';
comment on column analysis.photometry_response.target_nm is
    'Region and neuromodulator (VTA-DA); null when the region is no target.';
comment on column analysis.photometry_response.brain_region is 'Region of the fibre.';
comment on column analysis.photometry_response.hemisphere is 'l or r; null on the midline and when it is not known.';
comment on column analysis.photometry_response.event is 'stimOn_times, firstMovement_times or feedback_times.';
comment on column analysis.photometry_response.trial is 'Number of the trial within its session, from 1.';
comment on column analysis.photometry_response.signed_contrast is
    'Contrast of the stimulus, negative on the left, -1 to 1; null when none is recorded.';
comment on column analysis.photometry_response.contrast is 'Contrast of the stimulus, either side, 0 to 1.';
comment on column analysis.photometry_response.stim_side is 'left or right; null when no contrast is recorded.';
comment on column analysis.photometry_response.choice is '-1 reports right, 1 reports left, 0 is no response.';
comment on column analysis.photometry_response.feedbacktype is '1 reward, -1 error or no response.';
comment on column analysis.photometry_response.probabilityleft is 'Probability of the left side in this block, 0 to 1.';
comment on column analysis.photometry_response.movement_onset_time_s is
    'First movement minus stimulus onset [s]; null where either is missing.';
comment on column analysis.photometry_response.response is
    'Mean z-scored signal 0.1 to 0.35 s after the event [SD]; null where the event or the signal is missing.';
comment on column analysis.photometry_response.response_early is
    'The same, under the name of the reference''s earlier tables.';
comment on column analysis.photometry_response.source is 'Source of the session; simulated when it is made up.';
comment on column analysis.photometry_response.is_excluded is
    'Whether the recording, its session or its subject was taken out of analyses by hand.';

create or replace view analysis.photometry_response_trace as
select
    response.session_id,
    response.fiber_idx,
    session.lab_name,
    session.subject_nickname,
    session.session_date,
    recording.target_nm,
    recording.brain_region,
    response.event,
    response_set.n_trials,
    response.n_valid,
    response_set.n_samples,
    response_set.sampling_rate_hz::double precision as fs_hz,
    response_set.first_offset_s::double precision as first_offset_s,
    traces.ref as traces_ref,
    session.source,
    session.is_excluded or exists (
        select
        from core.exclusion
        where exclusion.lifted_at is null
            and exclusion.session_id = response.session_id
            and exclusion.fiber_idx = response.fiber_idx
    ) as is_excluded
from photometry.response
join photometry.response_set using (session_id, fiber_idx, preprocess_params_id, response_params_id)
join store.array as traces on traces.array_id = response.traces_array_id
join core.session_context as session on session.session_id = response.session_id
left join photometry.catalog_recording as recording
    on recording.session_id = response.session_id
    and recording.fiber_idx = response.fiber_idx
where response.preprocess_params_id = 'default'
    and response.response_params_id = 'default';
comment on view analysis.photometry_response_trace is
    'Where the peri-event traces lie: trials times samples in the array store. One row per session, fibre and event.';
comment on column analysis.photometry_response_trace.session_id is 'The session.';
comment on column analysis.photometry_response_trace.fiber_idx is 'Number of the fibre within its session, from 0.';
comment on column analysis.photometry_response_trace.target_nm is
    'Region and neuromodulator; null when the region is no target.';
comment on column analysis.photometry_response_trace.brain_region is 'Region of the fibre.';
comment on column analysis.photometry_response_trace.event is 'stimOn_times, firstMovement_times or feedback_times.';
comment on column analysis.photometry_response_trace.n_trials is 'Rows: the trials in their order.';
comment on column analysis.photometry_response_trace.n_valid is 'Rows with a response.';
comment on column analysis.photometry_response_trace.n_samples is 'Columns.';
comment on column analysis.photometry_response_trace.fs_hz is 'Columns a second [1/s].';
comment on column analysis.photometry_response_trace.first_offset_s is 'Time of the first column after the event [s].';
comment on column analysis.photometry_response_trace.traces_ref is 'Reference of the array: trialbase array show REF.';
comment on column analysis.photometry_response_trace.lab_name is 'Lab where the session was run.';
comment on column analysis.photometry_response_trace.subject_nickname is 'Name of the subject within its lab.';
comment on column analysis.photometry_response_trace.session_date is 'Calendar date at the rig.';
comment on column analysis.photometry_response_trace.source is 'Source of the session; simulated when it is made up.';
comment on column analysis.photometry_response_trace.is_excluded is
    'Whether the recording, its session or its subject was taken out of analyses by hand.';
