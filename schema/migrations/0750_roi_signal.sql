-- What the traces of imaged cells are like: scaling, noise, signal, correlations. Filled by compute/imaging/openscope/roi_signal_set.
-- Source: spec/openscope.md, 4 "Scaling" and 8.10.

create table imaging.roi_signal_set (
    session_id uuid not null,
    plane bigint not null,
    n_frames bigint not null,
    n_rois integer not null,
    n_bad_rois integer not null,
    n_pairs bigint not null,
    mean_correlation units.number,
    constraint roi_signal_set_pkey primary key (session_id, plane),
    constraint roi_signal_set_n_check check (n_frames >= 1 and n_rois >= 0 and n_bad_rois between 0 and n_rois and n_pairs >= 0),
    constraint roi_signal_set_plane_fkey foreign key (session_id, plane) references imaging.plane on delete cascade,
    constraint roi_signal_set_openscope_session_fkey foreign key (session_id) references task.openscope_session on delete cascade
);
comment on table imaging.roi_signal_set is
    'Traces (dF/F, unscaled) of a plane looked at over the whole recording. One row per loaded plane of an OpenScope session. '
    'Computed by roi_signal_set.';
comment on column imaging.roi_signal_set.session_id is 'The session.';
comment on column imaging.roi_signal_set.plane is 'The plane, as in imaging.plane.';
comment on column imaging.roi_signal_set.n_frames is 'Frames of the traces.';
comment on column imaging.roi_signal_set.n_rois is 'ROIs with traces.';
comment on column imaging.roi_signal_set.n_bad_rois is 'ROIs left out: any sample of theirs is not a finite number.';
comment on column imaging.roi_signal_set.n_pairs is 'Pairs of the other ROIs whose correlation is defined.';
comment on column imaging.roi_signal_set.mean_correlation is
    'Mean over these pairs of Pearson''s correlation of both traces, smoothed by a rolling mean of four frames; null without pairs.';

create table imaging.roi_signal (
    session_id uuid not null,
    plane bigint not null,
    roi integer not null,
    is_bad boolean not null,
    median units.number,
    percentile_range units.number,
    snr units.number,
    signal_mean units.number,
    noise_mean units.number,
    noise_sd units.number,
    noise_bound units.number,
    constraint roi_signal_pkey primary key (session_id, plane, roi),
    constraint roi_signal_roi_signal_set_fkey foreign key (session_id, plane) references imaging.roi_signal_set on delete cascade
);
comment on table imaging.roi_signal is
    'Scaling, signal and noise of a cell''s trace. One row per ROI. Scaled traces are (x - median) / percentile_range. '
    'Part of imaging.roi_signal_set.';
comment on column imaging.roi_signal.session_id is 'The session.';
comment on column imaging.roi_signal.plane is 'The plane.';
comment on column imaging.roi_signal.roi is 'The ROI, as in imaging.roi.';
comment on column imaging.roi_signal.is_bad is 'True when any sample is not a finite number: analyses leave the ROI out, and all but the scaling is null.';
comment on column imaging.roi_signal.median is 'Median of the trace [dF/F], missing samples left out; null without any.';
comment on column imaging.roi_signal.percentile_range is '95th less 5th percentile of the trace [dF/F]; may be 0.';
comment on column imaging.roi_signal.snr is 'signal_mean / noise_sd.';
comment on column imaging.roi_signal.signal_mean is 'Mean of the samples above noise_bound [dF/F]; null when there are none.';
comment on column imaging.roi_signal.noise_mean is 'Mean of the samples up to the median and their mirror images about it [dF/F].';
comment on column imaging.roi_signal.noise_sd is 'Standard deviation of the same [dF/F].';
comment on column imaging.roi_signal.noise_bound is '95th percentile of a normal distribution with this mean and deviation [dF/F].';

create table imaging.roi_correlation_bin (
    session_id uuid not null,
    plane bigint not null,
    bin smallint not null,
    from_correlation units.number not null,
    to_correlation units.number not null,
    n_pairs bigint not null,
    constraint roi_correlation_bin_pkey primary key (session_id, plane, bin),
    constraint roi_correlation_bin_roi_signal_set_fkey foreign key (session_id, plane) references imaging.roi_signal_set on delete cascade
);
comment on table imaging.roi_correlation_bin is
    'Histogram of the correlations of all pairs of a plane''s ROIs, 40 bins from -1 to 1. One row per plane and bin. '
    'Part of imaging.roi_signal_set.';
comment on column imaging.roi_correlation_bin.session_id is 'The session.';
comment on column imaging.roi_correlation_bin.plane is 'The plane.';
comment on column imaging.roi_correlation_bin.bin is 'Number, from 1.';
comment on column imaging.roi_correlation_bin.from_correlation is 'Lower edge, inside.';
comment on column imaging.roi_correlation_bin.to_correlation is 'Upper edge, outside but for the last bin.';
comment on column imaging.roi_correlation_bin.n_pairs is 'Pairs of ROIs.';

select engine.register_computed(
    'imaging.roi_signal_set',
    about => 'Scaling, signal-to-noise ratio and correlations of a plane''s traces.',
    parts => array['imaging.roi_signal', 'imaging.roi_correlation_bin'],
    inputs => array[
        engine.input('imaging.roi', owner => 'session_id, plane', columns => array['roi']),
        engine.input('imaging.trace', owner => 'session_id, plane', columns => array['kind', 'trace_array_id'])
    ]);
