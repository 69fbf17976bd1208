-- Raw quality control of photometry frames, and the fatal checks of a session. Filled by compute/photometry/raw_qc and
-- session_check. Source: spec/photometry.md, 5.1, 7.6 and 1 (order of errors).

create table photometry.raw_qc (
    session_id uuid not null,
    n_frames integer not null,
    n_early_samples integer not null,
    n_band_inversions integer not null,
    n_band_inversions_reference integer,
    n_gap_frames integer not null,
    constraint raw_qc_pkey primary key (session_id),
    constraint raw_qc_photometry_session_fkey foreign key (session_id)
        references photometry.photometry_session on delete cascade
);
comment on table photometry.raw_qc is
    'Quality of the raw frames. One row per session with frames taken under LEDs in turn. Never fails: photometry.session_check judges.';
comment on column photometry.raw_qc.session_id is 'The session.';
comment on column photometry.raw_qc.n_frames is 'Frames judged; the first of the file, with all LEDs on, is left out.';
comment on column photometry.raw_qc.n_early_samples is
    'Frames that follow the one before by more than 1 ms less than the median interval.';
comment on column photometry.raw_qc.n_band_inversions is
    'Pairs of consecutive frames under the same LEDs, after undecoded frames were filled in turn from the frame before each run.';
comment on column photometry.raw_qc.n_band_inversions_reference is
    'The same with undecoded frames filled as the reference pipeline does; null where it fails (a single run). Equal without such frames.';
comment on column photometry.raw_qc.n_gap_frames is 'Frames whose LED state could not be decoded.';

select engine.register_computed(
    'photometry.raw_qc',
    about => 'Early frames and band inversions of raw photometry.',
    inputs => array[
        engine.input('photometry.photometry_session', owner => 'session_id', columns => array[
            'frame_times_array_id', 'frame_led_array_id'])
    ]);

create table photometry.session_check (
    session_id uuid not null,
    n_trials integer not null,
    first_sample_s units.seconds not null,
    last_sample_s units.seconds not null,
    constraint session_check_pkey primary key (session_id),
    constraint session_check_choice_session_fkey foreign key (session_id)
        references task.choice_session on delete cascade,
    constraint session_check_raw_qc_fkey foreign key (session_id) references photometry.raw_qc on delete cascade
);
comment on table photometry.session_check is
    'Sessions whose photometry may be used: trials within the signal, raw quality control passed. One row per such session; the others '
    'are failed keys of photometry.session_check_job (TrialsNotInPhotometryTime, QCValidationError).';
comment on column photometry.session_check.session_id is 'The session.';
comment on column photometry.session_check.n_trials is 'Trials of the session.';
comment on column photometry.session_check.first_sample_s is 'Time of the first GCaMP sample [s, session clock].';
comment on column photometry.session_check.last_sample_s is 'Time of the last GCaMP sample [s, session clock].';

select engine.register_computed(
    'photometry.session_check',
    about => 'Fatal checks of a photometry session: trials within the signal, raw quality control.',
    inputs => array[
        engine.input('photometry.photometry_session', owner => 'session_id', columns => array['clock']),
        engine.input('photometry.band', owner => 'session_id', columns => array['band', 'times_array_id']),
        engine.input('photometry.raw_qc', owner => 'session_id', columns => array['n_band_inversions', 'n_early_samples']),
        engine.input('task.choice_trial', owner => 'session_id', columns => array['trial', 'stim_on_s', 'feedback_s'])
    ]);
