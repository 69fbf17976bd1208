-- Calcium events smoothed causally. Filled by compute/imaging/filtered_events. Source: spec/change_detection.md, 11.

create table imaging.filtered_events_params (
    params_id text not null,
    description text not null,
    scale_s units.seconds not null,
    n_frames integer not null,
    constraint filtered_events_params_pkey primary key (params_id),
    constraint filtered_events_params_check check (scale_s > 0 and n_frames between 1 and 100000)
);
comment on table imaging.filtered_events_params is 'Settings of imaging.filtered_events. One row per set. Change none: add a set.';
comment on column imaging.filtered_events_params.params_id is 'Name of the set; the key.';
comment on column imaging.filtered_events_params.description is 'What the set is for.';
comment on column imaging.filtered_events_params.scale_s is
    'Standard deviation of the half normal distribution that events are spread over [s].';
comment on column imaging.filtered_events_params.n_frames is 'Frames that an event is spread over, its own among them.';
select engine.set_tier('imaging.filtered_events_params', 'lookup');

create table imaging.filtered_events (
    session_id uuid not null,
    plane bigint not null,
    params_id text not null,
    n_frames bigint not null,
    n_rois integer not null,
    scale_frames units.number not null,
    filtered_events_array_id uuid not null,
    constraint filtered_events_pkey primary key (session_id, plane, params_id),
    constraint filtered_events_n_check check (n_frames >= 1 and n_rois >= 1 and scale_frames > 0),
    constraint filtered_events_plane_fkey foreign key (session_id, plane) references imaging.plane on delete cascade,
    constraint filtered_events_filtered_events_params_fkey foreign key (params_id)
        references imaging.filtered_events_params on delete cascade
);
create index filtered_events_params_idx on imaging.filtered_events (params_id);
comment on table imaging.filtered_events is
    'Detected events of a plane''s ROIs, smoothed for plots and averages. One row per loaded plane with events and parameter set. '
    'Computed by filtered_events.';
comment on column imaging.filtered_events.session_id is 'The session.';
comment on column imaging.filtered_events.plane is 'The plane (ophys_experiment_id).';
comment on column imaging.filtered_events.params_id is 'Settings of the filter.';
comment on column imaging.filtered_events.n_frames is 'Frames.';
comment on column imaging.filtered_events.n_rois is 'ROIs, in the order of imaging.roi, those that are no cells among them.';
comment on column imaging.filtered_events.scale_frames is 'Standard deviation of the filter at the plane''s frame rate [frames].';
comment on column imaging.filtered_events.filtered_events_array_id is
    'Filtered events: float64 (frames, ROI), NaN where an ROI has no events or an event is not known.';
select store.own_array('imaging.filtered_events', 'filtered_events_array_id');

select engine.register_computed(
    'imaging.filtered_events',
    about => 'Calcium events of imaged cells, smoothed causally.',
    inputs => array[
        engine.input('imaging.plane', owner => 'session_id, plane', columns => array['frame_rate_hz', 'n_rois']),
        engine.input('imaging.trace', owner => 'session_id, plane', columns => array['kind', 'trace_array_id']),
        engine.input('imaging.filtered_events_params', owner => 'params_id')
    ]);
