-- How strongly cells respond to what is shown, frame by frame of a sequence. Filled by compute/imaging/openscope/integrated_response_set.
-- Source: spec/openscope.md, 5 "Integral" and 8.4.

create table imaging.integrated_response_params (
    integrated_response_params_id text not null,
    description text not null,
    gabor_kappa units.number,
    square_size_px units.number,
    gabor_window_s units.seconds not null,
    visflow_window_s units.seconds not null,
    constraint integrated_response_params_pkey primary key (integrated_response_params_id),
    constraint integrated_response_params_window_check check (gabor_window_s > 0 and visflow_window_s > 0)
);
comment on table imaging.integrated_response_params is 'Settings of imaging.integrated_response_set. One row per setting.';
comment on column imaging.integrated_response_params.integrated_response_params_id is 'Name of the setting.';
comment on column imaging.integrated_response_params.description is 'What it is for.';
comment on column imaging.integrated_response_params.gabor_kappa is 'Dispersion of orientations that Gabor segments must have; null for any.';
comment on column imaging.integrated_response_params.square_size_px is 'Edge of squares that segments of flow must have [pixels]; null for any.';
comment on column imaging.integrated_response_params.gabor_window_s is 'Length of the window from the start of a Gabor segment [s].';
comment on column imaging.integrated_response_params.visflow_window_s is 'Length of the window from the start of a segment of flow [s].';
select engine.set_tier('imaging.integrated_response_params', 'lookup');

create table imaging.integrated_response_set (
    session_id uuid not null,
    plane bigint not null,
    integrated_response_params_id text not null,
    n_rois integer not null,
    constraint integrated_response_set_pkey primary key (session_id, plane, integrated_response_params_id),
    constraint integrated_response_set_n_rois_check check (n_rois >= 1),
    constraint integrated_response_set_roi_signal_set_fkey foreign key (session_id, plane)
        references imaging.roi_signal_set on delete cascade,
    constraint integrated_response_set_integrated_response_params_fkey foreign key (integrated_response_params_id)
        references imaging.integrated_response_params on delete cascade
);
create index integrated_response_set_params_idx on imaging.integrated_response_set (integrated_response_params_id);
comment on table imaging.integrated_response_set is
    'Responses of a plane''s cells to each frame of regular and unexpected sequences, dF/F as it is. One row per plane of an OpenScope '
    'session and setting. Computed by integrated_response_set.';
comment on column imaging.integrated_response_set.session_id is 'The session.';
comment on column imaging.integrated_response_set.plane is 'The plane, as in imaging.plane.';
comment on column imaging.integrated_response_set.integrated_response_params_id is 'The setting.';
comment on column imaging.integrated_response_set.n_rois is 'ROIs with responses; bad ones (imaging.roi_signal.is_bad) have none.';

create table imaging.integrated_response (
    session_id uuid not null,
    plane bigint not null,
    integrated_response_params_id text not null,
    stimulus text not null,
    response text not null,
    n_windows integer not null,
    mean_response units.number,
    constraint integrated_response_pkey primary key (session_id, plane, integrated_response_params_id, stimulus, response),
    constraint integrated_response_stimulus_check check (stimulus in ('gabors', 'visflow')),
    constraint integrated_response_response_check check (
        response in ('exp_0', 'exp_1', 'exp_2', 'exp_3', 'exp_4', 'unexp_3', 'unexp_4') and stimulus = 'gabors'
        or response in ('exp', 'unexp') and stimulus = 'visflow'),
    constraint integrated_response_n_windows_check check (n_windows >= 1),
    constraint integrated_response_integrated_response_set_fkey foreign key (session_id, plane, integrated_response_params_id)
        references imaging.integrated_response_set on delete cascade
);
comment on table imaging.integrated_response is
    'Responses to what was shown, over a plane''s cells. One row per setting and kind of frame that the session shows. '
    'Part of imaging.integrated_response_set.';
comment on column imaging.integrated_response.session_id is 'The session.';
comment on column imaging.integrated_response.plane is 'The plane.';
comment on column imaging.integrated_response.integrated_response_params_id is 'The setting.';
comment on column imaging.integrated_response.stimulus is 'gabors or visflow.';
comment on column imaging.integrated_response.response is
    'exp_0 to exp_4: A, B, C, D, G of regular sequences; unexp_3, unexp_4: U, G of unexpected ones; exp, unexp: regular and unexpected flow.';
comment on column imaging.integrated_response.n_windows is 'Segments whose window lies in the recording.';
comment on column imaging.integrated_response.mean_response is
    'Mean over the cells of their responses [dF/F x s]: what relative responses are divided by when it is of session 1.';

create table imaging.roi_integrated_response (
    session_id uuid not null,
    plane bigint not null,
    integrated_response_params_id text not null,
    stimulus text not null,
    response text not null,
    roi integer not null,
    mean_response units.number,
    constraint roi_integrated_response_pkey primary key (session_id, plane, integrated_response_params_id, stimulus, response, roi),
    constraint roi_integrated_response_integrated_response_set_fkey foreign key (session_id, plane, integrated_response_params_id)
        references imaging.integrated_response_set on delete cascade
);
comment on table imaging.roi_integrated_response is
    'Responses of each cell. One row per setting, kind of frame and ROI; bad ROIs have none. Part of imaging.integrated_response_set.';
comment on column imaging.roi_integrated_response.session_id is 'The session.';
comment on column imaging.roi_integrated_response.plane is 'The plane.';
comment on column imaging.roi_integrated_response.integrated_response_params_id is 'The setting.';
comment on column imaging.roi_integrated_response.stimulus is 'gabors or visflow.';
comment on column imaging.roi_integrated_response.response is 'Kind of frame, as in imaging.integrated_response.';
comment on column imaging.roi_integrated_response.roi is 'The ROI, as in imaging.roi.';
comment on column imaging.roi_integrated_response.mean_response is
    'Mean over windows of the sum of the trace over the window divided by the frame rate [dF/F x s], in the precision of the traces.';

select engine.register_computed(
    'imaging.integrated_response_set',
    about => 'Responses of a plane''s cells to each frame of regular and unexpected sequences.',
    parts => array['imaging.integrated_response', 'imaging.roi_integrated_response'],
    inputs => array[
        engine.input('task.openscope_session', owner => 'session_id', columns => array['n_stim_frames', 'n_twop_frames']),
        engine.input('task.stimulus_segment', owner => 'session_id'),
        engine.input('imaging.roi_signal', owner => 'session_id, plane', columns => array['roi', 'is_bad', 'median', 'percentile_range']),
        engine.input('imaging.trace', owner => 'session_id, plane', columns => array['kind', 'trace_array_id']),
        engine.input('imaging.integrated_response_params', owner => 'integrated_response_params_id')
    ]);
