-- How cells tell unexpected sequences from regular ones. Filled by compute/imaging/openscope/selectivity_set.
-- Source: spec/openscope.md, 5, 7 and 8.1.

create table imaging.selectivity_params (
    selectivity_params_id text not null,
    description text not null,
    stimulus text not null,
    split text not null,
    gabor_frame smallint,
    has_common_orientations boolean not null,
    gabor_kappa units.number,
    square_size_px units.number,
    pre_s units.seconds not null,
    post_s units.seconds not null,
    n_permutations integer not null,
    random_stream text not null,
    seed bigint not null,
    constraint selectivity_params_pkey primary key (selectivity_params_id),
    constraint selectivity_params_stimulus_check check (stimulus in ('gabors', 'visflow')),
    constraint selectivity_params_split_check check (split in ('by_exp', 'unexp_lock')),
    constraint selectivity_params_gabor_frame_check check (gabor_frame between 0 and 4),
    constraint selectivity_params_window_check check (pre_s >= 0 and post_s > 0),
    constraint selectivity_params_n_permutations_check check (n_permutations between 100 and 1000000),
    constraint selectivity_params_random_stream_check check (random_stream in ('numpy_legacy', 'split_mix')),
    constraint selectivity_params_seed_check check (seed between 0 and 4294967295)
);
comment on table imaging.selectivity_params is 'Settings of imaging.selectivity_set. One row per setting.';
comment on column imaging.selectivity_params.selectivity_params_id is 'Name of the setting.';
comment on column imaging.selectivity_params.description is 'What it is for.';
comment on column imaging.selectivity_params.stimulus is 'gabors or visflow.';
comment on column imaging.selectivity_params.split is
    'by_exp: windows of regular sequences against those of unexpected ones. unexp_lock: before the onset of an unexpected stretch against after it.';
comment on column imaging.selectivity_params.gabor_frame is
    'Frame of the Gabor sequence at whose start the window lies: 0 to 4 are A, B, C, D with U in its place, G; null for all, and for flow.';
comment on column imaging.selectivity_params.has_common_orientations is
    'True to take mean orientations of 90 and 135 degrees alone, which D and U share.';
comment on column imaging.selectivity_params.gabor_kappa is 'Dispersion of orientations that segments must have; null for any.';
comment on column imaging.selectivity_params.square_size_px is 'Edge of squares that segments must have [pixels]; null for any.';
comment on column imaging.selectivity_params.pre_s is 'Seconds of the window before the reference; of unexp_lock the whole window before it [s].';
comment on column imaging.selectivity_params.post_s is 'Seconds of the window after the reference [s].';
comment on column imaging.selectivity_params.n_permutations is 'Permutations of the sequences for the null distribution.';
comment on column imaging.selectivity_params.random_stream is
    'numpy_legacy: the stream of the published numbers, to the last digit. split_mix: a stream of our own, as good and faster.';
comment on column imaging.selectivity_params.seed is 'Seed of the stream; each plane begins it anew.';
select engine.set_tier('imaging.selectivity_params', 'lookup');

create table imaging.selectivity_set (
    session_id uuid not null,
    plane bigint not null,
    selectivity_params_id text not null,
    n_regular integer not null,
    n_unexpected integer not null,
    n_rois integer not null,
    n_positive integer not null,
    n_below integer not null,
    n_above integer not null,
    constraint selectivity_set_pkey primary key (session_id, plane, selectivity_params_id),
    constraint selectivity_set_n_check check (
        n_regular >= 1 and n_unexpected >= 1 and n_positive between 0 and n_rois and n_below + n_above between 0 and n_rois),
    constraint selectivity_set_roi_signal_set_fkey foreign key (session_id, plane) references imaging.roi_signal_set on delete cascade,
    constraint selectivity_set_selectivity_params_fkey foreign key (selectivity_params_id)
        references imaging.selectivity_params on delete cascade
);
create index selectivity_set_params_idx on imaging.selectivity_set (selectivity_params_id);
comment on table imaging.selectivity_set is
    'How the cells of a plane tell unexpected sequences from regular ones. One row per plane of an OpenScope session and setting. '
    'Computed by selectivity_set.';
comment on column imaging.selectivity_set.session_id is 'The session.';
comment on column imaging.selectivity_set.plane is 'The plane, as in imaging.plane.';
comment on column imaging.selectivity_set.selectivity_params_id is 'The setting.';
comment on column imaging.selectivity_set.n_regular is 'Windows of regular sequences, or before onsets.';
comment on column imaging.selectivity_set.n_unexpected is 'Windows of unexpected sequences, or after onsets.';
comment on column imaging.selectivity_set.n_rois is 'ROIs with an index; bad ones (imaging.roi_signal.is_bad) have none.';
comment on column imaging.selectivity_set.n_positive is 'ROIs whose index is above 0.';
comment on column imaging.selectivity_set.n_below is 'ROIs below the 2.5th percentile of their null distribution: significantly negative.';
comment on column imaging.selectivity_set.n_above is 'ROIs above the 97.5th percentile: significantly positive.';

create table imaging.roi_selectivity (
    session_id uuid not null,
    plane bigint not null,
    selectivity_params_id text not null,
    roi integer not null,
    usi units.number,
    null_percentile units.number,
    regular_mean units.number,
    unexpected_mean units.number,
    constraint roi_selectivity_pkey primary key (session_id, plane, selectivity_params_id, roi),
    constraint roi_selectivity_selectivity_set_fkey foreign key (session_id, plane, selectivity_params_id)
        references imaging.selectivity_set on delete cascade
);
comment on table imaging.roi_selectivity is
    'Unexpected selectivity index (USI) of a cell. One row per ROI and setting; bad ROIs have none. Part of imaging.selectivity_set.';
comment on column imaging.roi_selectivity.session_id is 'The session.';
comment on column imaging.roi_selectivity.plane is 'The plane.';
comment on column imaging.roi_selectivity.selectivity_params_id is 'The setting.';
comment on column imaging.roi_selectivity.roi is 'The ROI, as in imaging.roi.';
comment on column imaging.roi_selectivity.usi is
    'd-prime of integrated, scaled responses, unexpected less regular; null for a trace whose scale is 0 or that does not vary.';
comment on column imaging.roi_selectivity.null_percentile is
    'Percentile of usi among those of permuted sequences, 0 to 100; below 2.5 or above 97.5 is significant.';
comment on column imaging.roi_selectivity.regular_mean is 'Mean integrated response to regular sequences [scaled dF/F x s].';
comment on column imaging.roi_selectivity.unexpected_mean is 'The same to unexpected ones.';

select engine.register_computed(
    'imaging.selectivity_set',
    about => 'Unexpected selectivity indices of a plane''s cells, with their null distributions.',
    parts => array['imaging.roi_selectivity'],
    inputs => array[
        engine.input('task.openscope_session', owner => 'session_id', columns => array['n_stim_frames', 'n_twop_frames']),
        engine.input('task.stimulus_segment', owner => 'session_id'),
        engine.input('imaging.roi_signal', owner => 'session_id, plane', columns => array['roi', 'is_bad', 'median', 'percentile_range']),
        engine.input('imaging.trace', owner => 'session_id, plane', columns => array['kind', 'trace_array_id']),
        engine.input('imaging.selectivity_params', owner => 'selectivity_params_id')
    ]);
