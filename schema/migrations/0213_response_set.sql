-- Peri-event responses of preprocessed signals, and one magnitude per event and trial. Filled by
-- compute/photometry/response_set. Source: spec/photometry.md, 7 and 12.1.

create table photometry.response_params (
    response_params_id text not null,
    description text not null,
    events text[] not null,
    window_begin_s units.seconds not null,
    window_end_s units.seconds not null,
    baseline_begin_s units.seconds not null,
    baseline_end_s units.seconds not null,
    early_begin_s units.seconds not null,
    early_end_s units.seconds not null,
    subtracts_baseline boolean not null,
    masks_subsequent_events boolean not null,
    min_trials integer not null,
    min_event_share units.fraction not null,
    constraint response_params_pkey primary key (response_params_id),
    constraint response_params_events_check check (
        cardinality(events) > 0 and array_position(events, null) is null
        and events <@ array['stimOn_times', 'firstMovement_times', 'response_times', 'feedback_times']),
    constraint response_params_window_check check (window_begin_s < window_end_s),
    constraint response_params_baseline_check check (baseline_begin_s < baseline_end_s),
    constraint response_params_early_check check (early_begin_s < early_end_s),
    constraint response_params_min_trials_check check (min_trials >= 0)
);
comment on table photometry.response_params is
    'Settings of peri-event responses and their magnitudes. One row per set. Change none: add a set.';
comment on column photometry.response_params.response_params_id is 'Name of the set; the key.';
comment on column photometry.response_params.description is 'What the set is for.';
comment on column photometry.response_params.events is
    'Events in the order of the trial: stimOn_times, firstMovement_times, response_times, feedback_times.';
comment on column photometry.response_params.window_begin_s is 'First sample of a trace after its event [s]; negative is before it.';
comment on column photometry.response_params.window_end_s is 'End of the traces after the event [s], excluded.';
comment on column photometry.response_params.baseline_begin_s is 'Begin of the baseline after the event [s].';
comment on column photometry.response_params.baseline_end_s is 'End of the baseline [s], excluded.';
comment on column photometry.response_params.early_begin_s is 'Begin of the window whose mean is the magnitude [s].';
comment on column photometry.response_params.early_end_s is 'End of that window [s], excluded.';
comment on column photometry.response_params.subtracts_baseline is 'Whether the baseline''s mean is subtracted before the magnitude is taken.';
comment on column photometry.response_params.masks_subsequent_events is
    'Whether what comes after the next event of the list is left out of baseline and magnitude.';
comment on column photometry.response_params.min_trials is 'A session of fewer trials fails (InsufficientTrials).';
comment on column photometry.response_params.min_event_share is
    'An event that fewer of the trials have is left out (IncompleteEventTimes), 0 to 1.';
select engine.set_tier('photometry.response_params', 'lookup');

create table photometry.response_set (
    session_id uuid not null,
    fiber_idx integer not null,
    preprocess_params_id text not null,
    response_params_id text not null,
    n_trials integer not null,
    n_events integer not null,
    n_samples integer not null,
    sampling_rate_hz units.hertz not null,
    first_offset_s units.seconds not null,
    constraint response_set_pkey primary key (session_id, fiber_idx, preprocess_params_id, response_params_id),
    constraint response_set_n_samples_check check (n_samples >= 0),
    constraint response_set_preprocessed_fkey foreign key (session_id, fiber_idx, preprocess_params_id)
        references photometry.preprocessed on delete cascade,
    constraint response_set_response_params_fkey foreign key (response_params_id)
        references photometry.response_params on delete cascade
);
create index response_set_params_idx on photometry.response_set (response_params_id);
comment on table photometry.response_set is
    'Responses of a recording to the events of its trials. One row per recording and parameter sets. Computed by response_set.';
comment on column photometry.response_set.session_id is 'The session.';
comment on column photometry.response_set.fiber_idx is 'The recording''s fibre.';
comment on column photometry.response_set.preprocess_params_id is 'Settings of the preprocessing.';
comment on column photometry.response_set.response_params_id is 'Settings of the responses.';
comment on column photometry.response_set.n_trials is 'Rows of each event''s traces: trials of the session in order of their number.';
comment on column photometry.response_set.n_events is 'Events with traces; fewer than the settings name when some were incomplete.';
comment on column photometry.response_set.n_samples is 'Columns of the traces.';
comment on column photometry.response_set.sampling_rate_hz is
    'Columns per second: column j is first_offset_s + j/sampling_rate_hz after the event [Hz].';
comment on column photometry.response_set.first_offset_s is 'Time of the first column after the event [s].';

create table photometry.response_set_error (
    session_id uuid not null,
    fiber_idx integer not null,
    preprocess_params_id text not null,
    response_params_id text not null,
    error_no integer not null,
    error_type text not null,
    message text not null,
    constraint response_set_error_pkey primary key (
        session_id, fiber_idx, preprocess_params_id, response_params_id, error_no),
    constraint response_set_error_error_no_check check (error_no >= 1),
    constraint response_set_error_response_set_fkey
        foreign key (session_id, fiber_idx, preprocess_params_id, response_params_id)
        references photometry.response_set on delete cascade
);
comment on table photometry.response_set_error is
    'What is wrong with a session''s events without stopping the work. One row per error. Part of photometry.response_set.';
comment on column photometry.response_set_error.session_id is 'The session.';
comment on column photometry.response_set_error.fiber_idx is 'The recording''s fibre.';
comment on column photometry.response_set_error.preprocess_params_id is 'Settings of the preprocessing.';
comment on column photometry.response_set_error.response_params_id is 'Settings of the responses.';
comment on column photometry.response_set_error.error_no is 'Number of the error within its key, from 1.';
comment on column photometry.response_set_error.error_type is 'Name of the error: IncompleteEventTimes.';
comment on column photometry.response_set_error.message is 'What was found.';

create table photometry.response (
    session_id uuid not null,
    fiber_idx integer not null,
    preprocess_params_id text not null,
    response_params_id text not null,
    event text not null,
    traces_array_id uuid not null,
    n_valid integer not null,
    constraint response_pkey primary key (session_id, fiber_idx, preprocess_params_id, response_params_id, event),
    constraint response_n_valid_check check (n_valid >= 0),
    constraint response_response_set_fkey
        foreign key (session_id, fiber_idx, preprocess_params_id, response_params_id)
        references photometry.response_set on delete cascade
);
comment on table photometry.response is
    'Traces around one event of every trial, as recorded: nothing masked, no baseline subtracted. One row per recording, parameter sets '
    'and event. Part of photometry.response_set.';
comment on column photometry.response.session_id is 'The session.';
comment on column photometry.response.fiber_idx is 'The recording''s fibre.';
comment on column photometry.response.preprocess_params_id is 'Settings of the preprocessing.';
comment on column photometry.response.response_params_id is 'Settings of the responses.';
comment on column photometry.response.event is 'The event, as the settings name it.';
comment on column photometry.response.traces_array_id is
    'The traces: float64 (n_trials, n_samples) [z]; a row is NaN where the trial lacks the event or its window leaves the signal.';
comment on column photometry.response.n_valid is 'Trials with a trace.';
select store.own_array('photometry.response', 'traces_array_id');

create table photometry.response_magnitude (
    session_id uuid not null,
    fiber_idx integer not null,
    preprocess_params_id text not null,
    response_params_id text not null,
    event text not null,
    trial integer not null,
    trace_row integer not null,
    response units.number,
    constraint response_magnitude_pkey primary key (
        session_id, fiber_idx, preprocess_params_id, response_params_id, event, trial),
    constraint response_magnitude_trial_check check (trial >= 1),
    constraint response_magnitude_trace_row_check check (trace_row >= 0),
    constraint response_magnitude_response_set_fkey
        foreign key (session_id, fiber_idx, preprocess_params_id, response_params_id)
        references photometry.response_set on delete cascade
);
comment on table photometry.response_magnitude is
    'Size of the response to one event in one trial: mean over the early window, after masking and baseline subtraction where the settings '
    'say so. One row per recording, parameter sets, event and trial. Part of photometry.response_set.';
comment on column photometry.response_magnitude.session_id is 'The session.';
comment on column photometry.response_magnitude.fiber_idx is 'The recording''s fibre.';
comment on column photometry.response_magnitude.preprocess_params_id is 'Settings of the preprocessing.';
comment on column photometry.response_magnitude.response_params_id is 'Settings of the responses.';
comment on column photometry.response_magnitude.event is 'The event, as the settings name it.';
comment on column photometry.response_magnitude.trial is 'The trial, as in task.choice_trial.';
comment on column photometry.response_magnitude.trace_row is 'Row of the trial in the event''s traces, from 0.';
comment on column photometry.response_magnitude.response is
    'The magnitude [z]; null where the trial has no trace, or none of it is left after masking.';

select engine.register_computed(
    'photometry.response_set',
    about => 'Peri-event responses of a recording and their magnitudes.',
    parts => array['photometry.response_set_error', 'photometry.response', 'photometry.response_magnitude'],
    inputs => array[
        engine.input('photometry.preprocessed', owner => 'session_id,fiber_idx,preprocess_params_id', columns => array[
            'signal_array_id', 'start_s', 'sampling_rate_hz']),
        engine.input('task.choice_trial', owner => 'session_id', columns => array[
            'trial', 'stim_on_s', 'first_movement_s', 'response_s', 'feedback_s']),
        engine.input('photometry.response_params', owner => 'response_params_id')
    ]);
