-- Traces of imaged cells around changes and omissions. Filled by compute/imaging/event_response.

create table imaging.event_response_params (
    params_id text not null,
    description text not null,
    event text not null,
    trace_kind text not null,
    from_s units.seconds not null,
    to_s units.seconds not null,
    rate_hz units.hertz not null,
    baseline_from_s units.seconds,
    baseline_to_s units.seconds,
    response_from_s units.seconds not null,
    response_to_s units.seconds not null,
    constraint event_response_params_pkey primary key (params_id),
    constraint event_response_params_event_check check (event in ('change', 'omission')),
    constraint event_response_params_trace_kind_check check (
        trace_kind in ('dff', 'corrected_fluorescence', 'demixed', 'neuropil', 'events')),
    constraint event_response_params_window_check check (to_s > from_s and rate_hz > 0 and (to_s - from_s) * rate_hz <= 100000),
    constraint event_response_params_baseline_check check (
        (baseline_from_s is null) = (baseline_to_s is null)
        and (baseline_from_s is null or (baseline_from_s >= from_s and baseline_to_s > baseline_from_s and baseline_to_s <= to_s))),
    constraint event_response_params_response_check check (
        response_from_s >= from_s and response_to_s > response_from_s and response_to_s <= to_s)
);
comment on table imaging.event_response_params is 'Settings of imaging.event_response. One row per set. Change none: add a set.';
comment on column imaging.event_response_params.params_id is 'Name of the set; the key.';
comment on column imaging.event_response_params.description is 'What the set is for.';
comment on column imaging.event_response_params.event is
    'What traces are aligned to: change (flashes with another image than before) or omission (flashes that were left out), at their '
    'start.';
comment on column imaging.event_response_params.trace_kind is 'Traces that are aligned, as in imaging.trace.';
comment on column imaging.event_response_params.from_s is 'Begin of the window, from the event [s].';
comment on column imaging.event_response_params.to_s is 'End of the window, from the event [s].';
comment on column imaging.event_response_params.rate_hz is
    'Samples a second of the window; traces are drawn straight between their frames [Hz].';
comment on column imaging.event_response_params.baseline_from_s is
    'Begin of the stretch whose mean is subtracted, event by event [s]; null: none is.';
comment on column imaging.event_response_params.baseline_to_s is 'End of that stretch, not included [s].';
comment on column imaging.event_response_params.response_from_s is
    'Begin of the stretch whose mean is an ROI''s response, from the event [s].';
comment on column imaging.event_response_params.response_to_s is 'End of that stretch, not included [s].';
select engine.set_tier('imaging.event_response_params', 'lookup');

create table imaging.event_response (
    session_id uuid not null,
    plane bigint not null,
    params_id text not null,
    n_events integer not null,
    n_events_outside integer not null,
    n_rois integer not null,
    n_samples integer not null,
    start_s units.seconds not null,
    sampling_rate_hz units.hertz not null,
    unit text,
    roi_mean_array_id uuid not null,
    roi_sem_array_id uuid not null,
    mean_array_id uuid not null,
    sem_array_id uuid not null,
    constraint event_response_pkey primary key (session_id, plane, params_id),
    constraint event_response_n_check check (n_events >= 1 and n_events_outside >= 0 and n_rois >= 1 and n_samples >= 1),
    constraint event_response_plane_fkey foreign key (session_id, plane) references imaging.plane on delete cascade,
    constraint event_response_event_response_params_fkey foreign key (params_id)
        references imaging.event_response_params on delete cascade
);
create index event_response_params_idx on imaging.event_response (params_id);
comment on table imaging.event_response is
    'Mean traces of a plane''s cells around changes or omissions. One row per loaded plane and parameter set. ROIs that the source does '
    'not count as cells are left out. Computed by event_response.';
comment on column imaging.event_response.session_id is 'The session.';
comment on column imaging.event_response.plane is 'The plane (ophys_experiment_id).';
comment on column imaging.event_response.params_id is 'Settings of the alignment.';
comment on column imaging.event_response.n_events is 'Events that were averaged.';
comment on column imaging.event_response.n_events_outside is 'Events that were left out: the imaging does not cover their window.';
comment on column imaging.event_response.n_rois is
    'ROIs with traces: rows of the arrays of ROIs, in the order of imaging.event_response_roi.';
comment on column imaging.event_response.n_samples is 'Samples of the window.';
comment on column imaging.event_response.start_s is 'Time of the first sample, from the event [s].';
comment on column imaging.event_response.sampling_rate_hz is 'Samples a second [Hz].';
comment on column imaging.event_response.unit is 'Unit of the traces; null for none.';
comment on column imaging.event_response.roi_mean_array_id is
    'Mean over the events: float64 (ROI, samples) in the traces'' unit; NaN where an ROI has no value.';
comment on column imaging.event_response.roi_sem_array_id is
    'Its standard error over the events: float64 (ROI, samples); NaN for fewer than two events.';
comment on column imaging.event_response.mean_array_id is
    'Mean over ROIs of these means: float64 (samples); also in imaging.event_response_sample.';
comment on column imaging.event_response.sem_array_id is 'Its standard error over the ROIs: float64 (samples); NaN for fewer than two.';
select store.own_array('imaging.event_response', 'roi_mean_array_id');
select store.own_array('imaging.event_response', 'roi_sem_array_id');
select store.own_array('imaging.event_response', 'mean_array_id');
select store.own_array('imaging.event_response', 'sem_array_id');

create table imaging.event_response_sample (
    session_id uuid not null,
    plane bigint not null,
    params_id text not null,
    sample integer not null,
    time_s units.seconds not null,
    mean_over_rois units.number,
    sem_over_rois units.number,
    n_rois integer not null,
    constraint event_response_sample_pkey primary key (session_id, plane, params_id, sample),
    constraint event_response_sample_sample_check check (sample >= 1),
    constraint event_response_sample_n_rois_check check (n_rois >= 0),
    constraint event_response_sample_event_response_fkey foreign key (session_id, plane, params_id)
        references imaging.event_response on delete cascade
);
comment on table imaging.event_response_sample is
    'The mean over ROIs, sample by sample. One row per plane, parameter set and sample. Part of imaging.event_response.';
comment on column imaging.event_response_sample.session_id is 'The session.';
comment on column imaging.event_response_sample.plane is 'The plane.';
comment on column imaging.event_response_sample.params_id is 'Settings of the alignment.';
comment on column imaging.event_response_sample.sample is 'Number of the sample, from 1.';
comment on column imaging.event_response_sample.time_s is 'Its time, from the event [s].';
comment on column imaging.event_response_sample.mean_over_rois is
    'Mean over ROIs of their means over events, in the traces'' unit; null without any.';
comment on column imaging.event_response_sample.sem_over_rois is 'Its standard error over ROIs; null for fewer than two.';
comment on column imaging.event_response_sample.n_rois is 'ROIs that have a value there.';

create table imaging.event_response_roi (
    session_id uuid not null,
    plane bigint not null,
    params_id text not null,
    roi integer not null,
    row_no integer not null,
    n_events integer not null,
    mean_response units.number,
    sem_response units.number,
    constraint event_response_roi_pkey primary key (session_id, plane, params_id, roi),
    constraint event_response_roi_row_no_check check (row_no >= 0),
    constraint event_response_roi_n_events_check check (n_events >= 0),
    constraint event_response_roi_event_response_fkey foreign key (session_id, plane, params_id)
        references imaging.event_response on delete cascade
);
comment on table imaging.event_response_roi is
    'Response of each ROI to the events. One row per plane, parameter set and ROI. Part of imaging.event_response.';
comment on column imaging.event_response_roi.session_id is 'The session.';
comment on column imaging.event_response_roi.plane is 'The plane.';
comment on column imaging.event_response_roi.params_id is 'Settings of the alignment.';
comment on column imaging.event_response_roi.roi is 'The ROI, as in imaging.roi.';
comment on column imaging.event_response_roi.row_no is 'Its row in the arrays of imaging.event_response, from 0.';
comment on column imaging.event_response_roi.n_events is 'Events for which the ROI has a response.';
comment on column imaging.event_response_roi.mean_response is
    'Mean over these events of the trace''s mean from response_from_s to response_to_s, baseline subtracted, in the traces'' unit; null '
    'without events.';
comment on column imaging.event_response_roi.sem_response is 'Its standard error over the events; null for fewer than two.';

select engine.register_computed(
    'imaging.event_response',
    about => 'Mean traces of imaged cells around changes and omissions, per ROI and over ROIs.',
    parts => array['imaging.event_response_sample', 'imaging.event_response_roi'],
    inputs => array[
        engine.input('imaging.plane', owner => 'session_id, plane', columns => array['frame_times_array_id']),
        engine.input('imaging.roi', owner => 'session_id, plane', columns => array['roi', 'is_valid']),
        engine.input('imaging.trace', owner => 'session_id, plane', columns => array['kind', 'unit', 'trace_array_id']),
        engine.input('task.stimulus_presentation', owner => 'session_id', columns => array[
            'presentation', 'start_s', 'is_omitted', 'is_change']),
        engine.input('imaging.event_response_params', owner => 'params_id')
    ]);
