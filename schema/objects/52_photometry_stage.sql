-- How far recordings have come on their way into analyses.

create or replace view analysis.photometry_recording_stage as
with recording as (
    select
        recording.session_id,
        recording.fiber_idx,
        recording.lab_name,
        recording.subject_nickname,
        recording.session_date,
        recording.source,
        recording.is_excluded,
        recording.target_nm,
        recording.has_signal and not gate.logged_errors @> array['MissingRawData'] as has_raw_data,
        gate.has_trials,
        gate.logged_errors,
        exists (
            select from photometry.signal_qc
            where signal_qc.session_id = recording.session_id
                and signal_qc.fiber_idx = recording.fiber_idx
        ) as has_qc,
        gate.is_analysed and recording.has_responses and not recording.is_excluded as is_analysed
    from analysis.photometry_recording as recording
    join analysis.photometry_gate as gate using (session_id)
),
within_signal as (
    select
        recording.*,
        has_raw_data and has_trials and not logged_errors && array[
            'MissingExtractedData', 'InsufficientTrials', 'TrialsNotInPhotometryTime'
        ] as has_trials_within_signal
    from recording
)
select
    session_id,
    fiber_idx,
    lab_name,
    subject_nickname,
    session_date,
    source,
    is_excluded,
    target_nm,
    has_raw_data,
    has_trials_within_signal,
    has_trials_within_signal and has_qc
        and not logged_errors && array['QCValidationError', 'FewUniqueSamples'] as passes_qc,
    is_analysed
from within_signal;
comment on view analysis.photometry_recording_stage is
    'How far each recording of the catalogue has come: raw signal, trials within it, quality control, analyses. One row per session and fibre.';
comment on column analysis.photometry_recording_stage.session_id is 'The session.';
comment on column analysis.photometry_recording_stage.fiber_idx is 'Number of the fibre, from 0.';
comment on column analysis.photometry_recording_stage.lab_name is 'Lab that ran the session.';
comment on column analysis.photometry_recording_stage.subject_nickname is 'Name of the subject.';
comment on column analysis.photometry_recording_stage.session_date is 'Date of the session at the rig.';
comment on column analysis.photometry_recording_stage.source is 'Where the session came from; simulated for one that was made up.';
comment on column analysis.photometry_recording_stage.is_excluded is 'Whether the session or the recording was taken out of analyses.';
comment on column analysis.photometry_recording_stage.target_nm is 'Region and neuromodulator; null where they are not known.';
comment on column analysis.photometry_recording_stage.has_raw_data is 'Whether its raw signal is loaded.';
comment on column analysis.photometry_recording_stage.has_trials_within_signal is
    'Whether there are extracted data and enough trials within the signal, too.';
comment on column analysis.photometry_recording_stage.passes_qc is 'Whether its quality control is computed, too, and passed.';
comment on column analysis.photometry_recording_stage.is_analysed is 'Whether analyses take it.';
