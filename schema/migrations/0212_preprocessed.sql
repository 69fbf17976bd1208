-- Preprocessed signals: bleach and isosbestic correction, z-score, even sampling. Filled by compute/photometry/preprocessed.
-- Source: spec/photometry.md, 6; section 20, defect 1.

create table photometry.preprocess_params (
    preprocess_params_id text not null,
    description text not null,
    signal_band text not null,
    reference_band text not null,
    before_session_s units.seconds not null,
    after_session_s units.seconds not null,
    bleach_cutoff_hz units.hertz not null,
    bleach_order integer not null,
    bleach_correction text not null,
    isosbestic_mode text not null,
    regression_loss text not null,
    isosbestic_correction text not null,
    zscore_mode text not null,
    output_rate_hz units.hertz not null,
    constraint preprocess_params_pkey primary key (preprocess_params_id),
    constraint preprocess_params_signal_band_check check (signal_band in ('GCaMP', 'RCaMP')),
    constraint preprocess_params_reference_band_check check (
        reference_band in ('GCaMP', 'Isosbestic', 'RCaMP') and reference_band <> signal_band),
    constraint preprocess_params_bleach_cutoff_hz_check check (bleach_cutoff_hz > 0),
    constraint preprocess_params_bleach_order_check check (bleach_order between 1 and 50),
    constraint preprocess_params_bleach_correction_check check (
        bleach_correction in ('subtract', 'divide', 'subtract-divide')),
    constraint preprocess_params_isosbestic_mode_check check (isosbestic_mode in ('aligned', 'peer_sorted')),
    constraint preprocess_params_regression_loss_check check (regression_loss in ('mse', 'mae', 'huber', 'irls')),
    constraint preprocess_params_isosbestic_correction_check check (
        isosbestic_correction in ('subtract', 'divide', 'subtract-divide')),
    constraint preprocess_params_zscore_mode_check check (zscore_mode in ('classic', 'median')),
    constraint preprocess_params_output_rate_hz_check check (output_rate_hz > 0)
);
comment on table photometry.preprocess_params is
    'Settings of the preprocessing. One row per set. Change none: add a set. Set peer_sorted reproduces files that the reference published.';
comment on column photometry.preprocess_params.preprocess_params_id is 'Name of the set; the key.';
comment on column photometry.preprocess_params.description is 'What the set is for.';
comment on column photometry.preprocess_params.signal_band is 'Band with the signal: GCaMP or RCaMP.';
comment on column photometry.preprocess_params.reference_band is 'Band that shows movement and bleaching only: Isosbestic.';
comment on column photometry.preprocess_params.before_session_s is
    'Samples count from this long before the first trial''s start [s], excluded.';
comment on column photometry.preprocess_params.after_session_s is
    'Samples count up to this long after the last trial''s end [s], excluded.';
comment on column photometry.preprocess_params.bleach_cutoff_hz is
    'Cut-off of the zero-phase low-pass whose output is taken for bleaching and slow drift [Hz].';
comment on column photometry.preprocess_params.bleach_order is 'Order of that Butterworth filter, in one direction.';
comment on column photometry.preprocess_params.bleach_correction is
    'What is done with signal s and its low-pass r: subtract (s - r), divide (s/r) or subtract-divide ((s - r)/r).';
comment on column photometry.preprocess_params.isosbestic_mode is
    'aligned: the fit at a sample is taken from that sample. peer_sorted: the sorted fit is taken position by position, as the '
    'reference''s library does by mistake.';
comment on column photometry.preprocess_params.regression_loss is
    'What the regression of signal on reference minimises: mse, mae, huber or irls.';
comment on column photometry.preprocess_params.isosbestic_correction is 'What is done with the signal and the fit: as bleach_correction.';
comment on column photometry.preprocess_params.zscore_mode is
    'Centre of the z-score: classic (mean) or median; both divide by the standard deviation.';
comment on column photometry.preprocess_params.output_rate_hz is 'Sampling rate of the result [Hz].';
select engine.set_tier('photometry.preprocess_params', 'lookup');

create table photometry.preprocessed (
    session_id uuid not null,
    fiber_idx integer not null,
    preprocess_params_id text not null,
    signal_array_id uuid not null,
    start_s units.seconds not null,
    sampling_rate_hz units.hertz not null,
    n_samples integer not null,
    n_raw_samples integer not null,
    raw_rate_hz units.hertz not null,
    iso_correlation units.fraction,
    iso_slope units.number not null,
    iso_intercept units.number not null,
    mean units.number not null,
    sd units.number not null,
    constraint preprocessed_pkey primary key (session_id, fiber_idx, preprocess_params_id),
    constraint preprocessed_n_samples_check check (n_samples > 0),
    constraint preprocessed_n_raw_samples_check check (n_raw_samples > 0),
    constraint preprocessed_sd_check check (sd > 0),
    constraint preprocessed_recording_fkey foreign key (session_id, fiber_idx)
        references photometry.recording on delete cascade,
    constraint preprocessed_session_check_fkey foreign key (session_id)
        references photometry.session_check on delete cascade,
    constraint preprocessed_preprocess_params_fkey foreign key (preprocess_params_id)
        references photometry.preprocess_params on delete cascade
);
create index preprocessed_params_idx on photometry.preprocessed (preprocess_params_id);
comment on table photometry.preprocessed is
    'Preprocessed signals: corrected for bleaching and by the isosbestic band, z-scored, evenly sampled, restricted to the session''s '
    'trials. One row per recording and parameter set. Computed by preprocessed.';
comment on column photometry.preprocessed.session_id is 'The session.';
comment on column photometry.preprocessed.fiber_idx is 'The recording''s fibre.';
comment on column photometry.preprocessed.preprocess_params_id is 'Settings of the preprocessing.';
comment on column photometry.preprocessed.signal_array_id is
    'The signal: float64 (n_samples) [z]; sample i is at start_s + i/sampling_rate_hz.';
comment on column photometry.preprocessed.start_s is 'Time of the first sample [s, session clock].';
comment on column photometry.preprocessed.sampling_rate_hz is 'Sampling rate [Hz].';
comment on column photometry.preprocessed.n_samples is 'Samples of the result.';
comment on column photometry.preprocessed.n_raw_samples is 'Samples of each raw band after restriction to the session.';
comment on column photometry.preprocessed.raw_rate_hz is 'Sampling rate of the raw signal band: 1/median of its intervals [Hz].';
comment on column photometry.preprocessed.iso_correlation is
    'Share of the bleach-corrected signal''s variance that the bleach-corrected reference explains (squared correlation); null when one '
    'is constant.';
comment on column photometry.preprocessed.iso_slope is 'Slope of the regression of bleach-corrected signal on reference.';
comment on column photometry.preprocessed.iso_intercept is 'Intercept of that regression [dF/F].';
comment on column photometry.preprocessed.mean is 'Mean of the corrected signal before the z-score [dF/F].';
comment on column photometry.preprocessed.sd is 'Standard deviation of the corrected signal before the z-score, divided by n [dF/F].';
select store.own_array('photometry.preprocessed', 'signal_array_id');

select engine.register_computed(
    'photometry.preprocessed',
    about => 'Corrected, z-scored, evenly sampled signals.',
    inputs => array[
        engine.input('task.choice_session', owner => 'session_id', columns => array['trials_start_s', 'trials_end_s']),
        engine.input('photometry.band', owner => 'session_id', columns => array['band', 'times_array_id']),
        engine.input('photometry.band_signal', owner => 'session_id,fiber_idx', columns => array['band', 'signal_array_id']),
        engine.input('photometry.preprocess_params', owner => 'preprocess_params_id')
    ]);
