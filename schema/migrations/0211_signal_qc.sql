-- Sliding quality control of a recording's raw signals, and how fast they bleach. Filled by
-- compute/photometry/signal_qc. Source: spec/photometry.md, 5.2 to 5.4, 6.5; section 20, defects 2, 3 and 4.

create table photometry.signal_qc_params (
    params_id text not null,
    description text not null,
    window_s units.seconds not null,
    step_s units.seconds not null,
    before_session_s units.seconds not null,
    after_session_s units.seconds not null,
    min_unique_samples units.fraction not null,
    min_tau_s units.seconds not null,
    max_tau_s units.seconds not null,
    constraint signal_qc_params_pkey primary key (params_id),
    constraint signal_qc_params_window_s_check check (window_s > 0),
    constraint signal_qc_params_step_s_check check (step_s > 0),
    constraint signal_qc_params_max_tau_s_check check (min_tau_s > 0 and max_tau_s > min_tau_s)
);
comment on table photometry.signal_qc_params is
    'Settings of the sliding quality control. One row per set. Change none: add a set.';
comment on column photometry.signal_qc_params.params_id is 'Name of the set; the key.';
comment on column photometry.signal_qc_params.description is 'What the set is for.';
comment on column photometry.signal_qc_params.window_s is 'Length of a window [s].';
comment on column photometry.signal_qc_params.step_s is 'From the start of a window to that of the next [s].';
comment on column photometry.signal_qc_params.before_session_s is
    'Samples count from this long before the first trial''s start [s], excluded.';
comment on column photometry.signal_qc_params.after_session_s is
    'Samples count up to this long after the last trial''s end [s], excluded.';
comment on column photometry.signal_qc_params.min_unique_samples is
    'A band with a smaller share of distinct values, taken as a whole, gives the error FewUniqueSamples.';
comment on column photometry.signal_qc_params.min_tau_s is 'Least bleaching time constant that is looked at [s].';
comment on column photometry.signal_qc_params.max_tau_s is 'Greatest bleaching time constant that is looked at [s].';
select engine.set_tier('photometry.signal_qc_params', 'lookup');

create table photometry.signal_qc (
    session_id uuid not null,
    fiber_idx integer not null,
    params_id text not null,
    n_samples integer not null,
    start_s units.seconds not null,
    end_s units.seconds not null,
    min_unique_samples units.fraction not null,
    bleaching_tau_s units.seconds,
    is_bleaching boolean not null,
    bleaching_amplitude units.number,
    bleaching_offset units.number,
    constraint signal_qc_pkey primary key (session_id, fiber_idx, params_id),
    constraint signal_qc_n_samples_check check (n_samples > 0),
    constraint signal_qc_recording_fkey foreign key (session_id, fiber_idx)
        references photometry.recording on delete cascade,
    constraint signal_qc_session_check_fkey foreign key (session_id)
        references photometry.session_check on delete cascade,
    constraint signal_qc_signal_qc_params_fkey foreign key (params_id)
        references photometry.signal_qc_params on delete cascade
);
create index signal_qc_params_idx on photometry.signal_qc (params_id);
comment on table photometry.signal_qc is
    'Quality control of a recording''s raw signals, restricted to the session''s trials. One row per recording and parameter set. '
    'Computed by signal_qc.';
comment on column photometry.signal_qc.session_id is 'The session.';
comment on column photometry.signal_qc.fiber_idx is 'The recording''s fibre.';
comment on column photometry.signal_qc.params_id is 'Settings of the quality control.';
comment on column photometry.signal_qc.n_samples is
    'Samples of every band after restriction to the session; all bands are cut to the shortest.';
comment on column photometry.signal_qc.start_s is 'First sample of the GCaMP band, or of the first band without one [s].';
comment on column photometry.signal_qc.end_s is 'Last sample of that band [s].';
comment on column photometry.signal_qc.min_unique_samples is
    'Least share of distinct values of a band, taken as a whole. At 0.1 or below the recording fails.';
comment on column photometry.signal_qc.bleaching_tau_s is
    'Time constant of the least-squares decay amplitude * exp(-(t - start)/tau) + offset of the raw GCaMP band [s]; null for a constant '
    'signal or without that band. Not bleaching where is_bleaching is false.';
comment on column photometry.signal_qc.is_bleaching is
    'The signal decays: amplitude above 0 and tau within the limits of the set. False without a GCaMP band.';
comment on column photometry.signal_qc.bleaching_amplitude is 'Amplitude of the decay at the first sample [arbitrary]; null as tau.';
comment on column photometry.signal_qc.bleaching_offset is 'What the decay tends to [arbitrary]; null as tau.';

create table photometry.signal_qc_band (
    session_id uuid not null,
    fiber_idx integer not null,
    params_id text not null,
    band text not null,
    n_windows integer not null,
    whole_unique_samples units.fraction not null,
    whole_median_absolute_deviance units.number,
    whole_percentile_distance units.number,
    whole_percentile_asymmetry_75 units.number,
    whole_percentile_asymmetry_95 units.number,
    whole_ar_score units.number,
    window_unique_samples units.fraction,
    window_median_absolute_deviance units.number,
    window_percentile_distance units.number,
    window_percentile_asymmetry_75 units.number,
    window_percentile_asymmetry_95 units.number,
    window_ar_score units.number,
    reference_unique_samples units.fraction not null,
    reference_median_absolute_deviance units.number,
    reference_percentile_distance units.number,
    reference_percentile_asymmetry units.number,
    reference_ar_score units.number,
    constraint signal_qc_band_pkey primary key (session_id, fiber_idx, params_id, band),
    constraint signal_qc_band_band_check check (band in ('GCaMP', 'Isosbestic', 'RCaMP')),
    constraint signal_qc_band_n_windows_check check (n_windows >= 0),
    constraint signal_qc_band_signal_qc_fkey foreign key (session_id, fiber_idx, params_id)
        references photometry.signal_qc on delete cascade
);
comment on table photometry.signal_qc_band is
    'Quality metrics of a band of a recording: of the whole signal as it is (whole_), their mean over the detrended windows (window_), '
    'and the mean over both together as the reference stores it (reference_). One row per recording, parameter set and band. '
    'Part of photometry.signal_qc.';
comment on column photometry.signal_qc_band.session_id is 'The session.';
comment on column photometry.signal_qc_band.fiber_idx is 'The recording''s fibre.';
comment on column photometry.signal_qc_band.params_id is 'Settings of the quality control.';
comment on column photometry.signal_qc_band.band is 'GCaMP, Isosbestic or RCaMP.';
comment on column photometry.signal_qc_band.n_windows is 'Windows over the signal; 0 when it is shorter than one.';
comment on column photometry.signal_qc_band.whole_unique_samples is
    'Distinct values per sample of the whole signal. Low: the signal was hardly resolved by the digitizer.';
comment on column photometry.signal_qc_band.whole_median_absolute_deviance is
    'Median distance from the median, whole signal [arbitrary].';
comment on column photometry.signal_qc_band.whole_percentile_distance is
    'From the median to the 95th percentile, whole signal [SD]; null when constant.';
comment on column photometry.signal_qc_band.whole_percentile_asymmetry_75 is
    'Distance median to 75th over 25th to median, whole signal; null when undefined or infinite.';
comment on column photometry.signal_qc_band.whole_percentile_asymmetry_95 is
    'Distance median to 95th over 5th to median, whole signal; null when undefined or infinite.';
comment on column photometry.signal_qc_band.whole_ar_score is
    'Share of variance that the two samples before explain, whole signal; may be negative; null when undefined.';
comment on column photometry.signal_qc_band.window_unique_samples is
    'Mean over windows of distinct values per sample; detrending makes it nearly always 1. Null without windows, as all window_ columns.';
comment on column photometry.signal_qc_band.window_median_absolute_deviance is
    'Mean over windows of the median distance from the median [arbitrary].';
comment on column photometry.signal_qc_band.window_percentile_distance is
    'Mean over windows of the distance from the median to the 95th percentile [SD].';
comment on column photometry.signal_qc_band.window_percentile_asymmetry_75 is
    'Mean over windows of the asymmetry at 75, the percentile that the reference''s settings ask for; null when infinite.';
comment on column photometry.signal_qc_band.window_percentile_asymmetry_95 is
    'Mean over windows of the asymmetry at 95, the percentile that the reference uses in windows; null when infinite.';
comment on column photometry.signal_qc_band.window_ar_score is 'Mean over windows of the autoregression score.';
comment on column photometry.signal_qc_band.reference_unique_samples is
    'Mean over the whole signal''s value and all windows'' values, as the reference aggregates; not for judging a signal.';
comment on column photometry.signal_qc_band.reference_median_absolute_deviance is
    'The same of the median absolute deviance [arbitrary].';
comment on column photometry.signal_qc_band.reference_percentile_distance is 'The same of the percentile distance [SD].';
comment on column photometry.signal_qc_band.reference_percentile_asymmetry is
    'The same of the percentile asymmetry: at 75 for the whole signal, at 95 in windows; null when infinite.';
comment on column photometry.signal_qc_band.reference_ar_score is 'The same of the autoregression score.';

create table photometry.signal_qc_window (
    session_id uuid not null,
    fiber_idx integer not null,
    params_id text not null,
    band text not null,
    window_no integer not null,
    start_s units.seconds not null,
    unique_samples units.fraction,
    median_absolute_deviance units.number,
    percentile_distance units.number,
    percentile_asymmetry_75 units.number,
    percentile_asymmetry_95 units.number,
    ar_score units.number,
    constraint signal_qc_window_pkey primary key (session_id, fiber_idx, params_id, band, window_no),
    constraint signal_qc_window_band_check check (band in ('GCaMP', 'Isosbestic', 'RCaMP')),
    constraint signal_qc_window_window_no_check check (window_no >= 1),
    constraint signal_qc_window_signal_qc_fkey foreign key (session_id, fiber_idx, params_id)
        references photometry.signal_qc on delete cascade
);
comment on table photometry.signal_qc_window is
    'Quality metrics in a window of a band, its least-squares line subtracted. One row per recording, parameter set, band and window. '
    'Part of photometry.signal_qc.';
comment on column photometry.signal_qc_window.session_id is 'The session.';
comment on column photometry.signal_qc_window.fiber_idx is 'The recording''s fibre.';
comment on column photometry.signal_qc_window.params_id is 'Settings of the quality control.';
comment on column photometry.signal_qc_window.band is 'GCaMP, Isosbestic or RCaMP.';
comment on column photometry.signal_qc_window.window_no is 'Number of the window, from 1.';
comment on column photometry.signal_qc_window.start_s is
    'Start of the window [s]; the reference labels windows by start plus half their length.';
comment on column photometry.signal_qc_window.unique_samples is
    'Distinct values per sample. Null, as all metrics, when no sample falls in the window.';
comment on column photometry.signal_qc_window.median_absolute_deviance is 'Median distance from the median [arbitrary].';
comment on column photometry.signal_qc_window.percentile_distance is 'From the median to the 95th percentile [SD].';
comment on column photometry.signal_qc_window.percentile_asymmetry_75 is
    'Distance median to 75th over 25th to median; null when undefined or infinite.';
comment on column photometry.signal_qc_window.percentile_asymmetry_95 is
    'Distance median to 95th over 5th to median; null when undefined or infinite.';
comment on column photometry.signal_qc_window.ar_score is
    'Share of variance that the two samples before explain; null when undefined.';

create table photometry.signal_qc_error (
    session_id uuid not null,
    fiber_idx integer not null,
    params_id text not null,
    error_no integer not null,
    error_type text not null,
    message text not null,
    constraint signal_qc_error_pkey primary key (session_id, fiber_idx, params_id, error_no),
    constraint signal_qc_error_error_no_check check (error_no >= 1),
    constraint signal_qc_error_signal_qc_fkey foreign key (session_id, fiber_idx, params_id)
        references photometry.signal_qc on delete cascade
);
comment on table photometry.signal_qc_error is
    'What is wrong with a recording''s signals without stopping the work. One row per error. Part of photometry.signal_qc.';
comment on column photometry.signal_qc_error.session_id is 'The session.';
comment on column photometry.signal_qc_error.fiber_idx is 'The recording''s fibre.';
comment on column photometry.signal_qc_error.params_id is 'Settings of the quality control.';
comment on column photometry.signal_qc_error.error_no is 'Number of the error within its key, from 1.';
comment on column photometry.signal_qc_error.error_type is 'Name of the error: FewUniqueSamples.';
comment on column photometry.signal_qc_error.message is 'What was found, region/band=value.';

select engine.register_computed(
    'photometry.signal_qc',
    about => 'Sliding quality control of raw signals, and how fast they bleach.',
    parts => array['photometry.signal_qc_band', 'photometry.signal_qc_window', 'photometry.signal_qc_error'],
    inputs => array[
        engine.input('task.choice_session', owner => 'session_id', columns => array['trials_start_s', 'trials_end_s']),
        engine.input('photometry.band', owner => 'session_id', columns => array['band', 'times_array_id']),
        engine.input('photometry.band_signal', owner => 'session_id,fiber_idx', columns => array['band', 'signal_array_id']),
        engine.input('photometry.recording', owner => 'session_id,fiber_idx', columns => array['brain_region']),
        engine.input('photometry.signal_qc_params', owner => 'params_id')
    ]);
