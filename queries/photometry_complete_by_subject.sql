-- How many photometry sessions of each animal are complete, stage by stage?
-- :param lab text default '%' -- pattern of the lab's name
-- :column lab_name text -- lab that ran the sessions
-- :column subject text -- name of the subject
-- :column targets text -- its targets, separated by commas
-- :column n_sessions integer -- sessions with recordings in the catalogue
-- :column n_raw integer -- sessions whose raw data are there
-- :column n_with_trials integer -- those with extracted data and enough trials within the signal
-- :column n_passing_qc integer -- those that pass quality control
-- :column n_analysed integer -- sessions that analyses take
\if :{?lab} \else \set lab '%' \endif
with recording as (
    select
        recording.eid,
        recording.fiber_idx,
        recording.lab,
        recording.subject,
        recording.target_nm,
        recording.has_signal,
        gate.logged_errors,
        gate.is_analysed and not recording.is_excluded as is_analysed
    from analysis.photometry_recording as recording
    join analysis.photometry_gate as gate using (eid)
    where recording.lab like :'lab'
),
staged as (
    select
        recording.*,
        not logged_errors @> array['MissingRawData'] as has_raw_data,
        not logged_errors && array[
            'MissingRawData', 'MissingExtractedData', 'InsufficientTrials', 'TrialsNotInPhotometryTime'
        ] as has_trials,
        not logged_errors && array[
            'MissingRawData', 'MissingExtractedData', 'InsufficientTrials', 'TrialsNotInPhotometryTime',
            'QCValidationError', 'FewUniqueSamples'
        ] as passes_qc
    from recording
)
select
    lab as lab_name,
    subject,
    string_agg(distinct target_nm, ', ' order by target_nm) as targets,
    count(distinct eid)::integer as n_sessions,
    (count(distinct eid) filter (where has_raw_data))::integer as n_raw,
    (count(distinct eid) filter (where has_trials))::integer as n_with_trials,
    (count(distinct eid) filter (where passes_qc))::integer as n_passing_qc,
    (count(distinct eid) filter (where is_analysed))::integer as n_analysed
from staged
group by lab, subject
order by lab, subject;
