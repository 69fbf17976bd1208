-- Frames that are missing: as the acquisition counted, as raw quality control finds them, and where preprocessed signals were
-- drawn across their holes. Filled by ingest, compute/photometry/raw_qc and preprocessed.

alter table photometry.photometry_session add column n_skipped_frames integer;
alter table photometry.photometry_session
    add constraint photometry_session_n_skipped_frames_check check (n_skipped_frames >= 0);
comment on column photometry.photometry_session.n_skipped_frames is
    'Frames that the acquisition''s own counter passed over; null where the source has no counter.';

alter table photometry.raw_qc add column n_missing_frames integer;
alter table photometry.raw_qc add column n_skipped_frames integer;
alter table photometry.raw_qc add column longest_hole_s units.seconds;
comment on column photometry.raw_qc.n_missing_frames is
    'Frames that are missing by the times: those that would fill, evenly, every hole of more than 1.5 median intervals. Null in rows of '
    'version 1.';
comment on column photometry.raw_qc.n_skipped_frames is
    'Frames that are missing by the acquisition''s counter; null without a counter.';
comment on column photometry.raw_qc.longest_hole_s is 'Longest time from a frame to the next [s]; null in rows of version 1.';

select engine.register_computed(
    'photometry.raw_qc',
    about => 'Early, missing and inverted frames of raw photometry.',
    inputs => array[
        engine.input('photometry.photometry_session', owner => 'session_id', columns => array[
            'frame_times_array_id', 'frame_led_array_id', 'n_skipped_frames'])
    ]);

create table photometry.preprocessed_hole (
    session_id uuid not null,
    fiber_idx integer not null,
    preprocess_params_id text not null,
    hole_no integer not null,
    start_s units.seconds not null,
    end_s units.seconds not null,
    constraint preprocessed_hole_pkey primary key (session_id, fiber_idx, preprocess_params_id, hole_no),
    constraint preprocessed_hole_hole_no_check check (hole_no >= 1),
    constraint preprocessed_hole_end_s_check check (end_s > start_s),
    constraint preprocessed_hole_preprocessed_fkey foreign key (session_id, fiber_idx, preprocess_params_id)
        references photometry.preprocessed on delete cascade
);
comment on table photometry.preprocessed_hole is
    'Where a preprocessed signal was drawn across a hole of more than three of the raw band''s intervals: what stands there was not '
    'measured, and gives no response. One row per recording, parameter set and hole. Part of photometry.preprocessed.';
comment on column photometry.preprocessed_hole.session_id is 'The session.';
comment on column photometry.preprocessed_hole.fiber_idx is 'The recording''s fibre.';
comment on column photometry.preprocessed_hole.preprocess_params_id is 'Settings of the preprocessing.';
comment on column photometry.preprocessed_hole.hole_no is 'Number of the hole within its recording, from 1, in order of time.';
comment on column photometry.preprocessed_hole.start_s is 'Last sample before the hole [s, session clock].';
comment on column photometry.preprocessed_hole.end_s is 'First sample after the hole [s, session clock].';

select engine.register_computed(
    'photometry.preprocessed',
    about => 'Corrected, z-scored, evenly sampled signals.',
    parts => array['photometry.preprocessed_hole'],
    inputs => array[
        engine.input('task.choice_session', owner => 'session_id', columns => array['trials_start_s', 'trials_end_s']),
        engine.input('photometry.band', owner => 'session_id', columns => array['band', 'times_array_id']),
        engine.input('photometry.band_signal', owner => 'session_id,fiber_idx', columns => array['band', 'signal_array_id']),
        engine.input('photometry.preprocess_params', owner => 'preprocess_params_id', columns => array[
            'signal_band', 'reference_band', 'before_session_s', 'after_session_s', 'bleach_cutoff_hz', 'bleach_order',
            'bleach_correction', 'isosbestic_mode', 'regression_loss', 'isosbestic_correction', 'zscore_mode', 'output_rate_hz'])
    ],
    restriction => $$ preprocess_params.is_requested or not preprocess_params.is_on_request $$);

comment on column photometry.response.traces_array_id is
    'The traces: float64 (n_trials, n_samples) [z]; a row is NaN where the trial lacks the event or its window leaves the signal, a '
    'sample where it lies in a hole of the signal (photometry.preprocessed_hole).';
comment on column photometry.response.n_valid is 'Trials with a trace; those whose event lies in a hole of the signal are not counted.';
comment on column photometry.response_magnitude.response is
    'The magnitude [z]; null where the trial has no trace, none of it is left after masking, or a sample that it is made from lies in a '
    'hole of the signal.';

select engine.register_computed(
    'photometry.response_set',
    about => 'Peri-event responses of a recording and their magnitudes.',
    parts => array['photometry.response_set_error', 'photometry.response', 'photometry.response_magnitude'],
    inputs => array[
        engine.input('photometry.preprocessed', owner => 'session_id,fiber_idx,preprocess_params_id', columns => array[
            'signal_array_id', 'start_s', 'sampling_rate_hz']),
        engine.input('photometry.preprocessed_hole', owner => 'session_id,fiber_idx,preprocess_params_id', columns => array[
            'start_s', 'end_s']),
        engine.input('task.choice_trial', owner => 'session_id', columns => array[
            'trial', 'stim_on_s', 'first_movement_s', 'response_s', 'feedback_s']),
        engine.input('photometry.response_params', owner => 'response_params_id', columns => array[
            'events', 'window_begin_s', 'window_end_s', 'baseline_begin_s', 'baseline_end_s', 'early_begin_s', 'early_end_s',
            'subtracts_baseline', 'masks_subsequent_events', 'min_trials', 'min_event_share'])
    ],
    restriction => $$ response_params.is_requested or not response_params.is_on_request $$);
