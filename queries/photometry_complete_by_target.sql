-- How many recordings of each target are complete, stage by stage, and of how many animals?
-- :param lab text default '%' -- pattern of the lab's name
-- :column target_nm text -- region and neuromodulator; null for regions that are no target
-- :column is_analysed_target boolean -- whether analyses take the target unless told otherwise
-- :column n_recordings integer -- recordings in the catalogue
-- :column n_subjects integer -- animals
-- :column n_raw integer -- recordings whose raw data are there
-- :column n_with_trials integer -- those with extracted data and enough trials within the signal
-- :column n_passing_qc integer -- those that pass quality control
-- :column n_analysed integer -- recordings that analyses take
-- :column n_subjects_analysed integer -- their animals
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
    staged.target_nm,
    coalesce(target.is_analysed, false) as is_analysed_target,
    count(*)::integer as n_recordings,
    count(distinct (staged.lab, staged.subject))::integer as n_subjects,
    (count(*) filter (where has_raw_data))::integer as n_raw,
    (count(*) filter (where has_trials))::integer as n_with_trials,
    (count(*) filter (where passes_qc))::integer as n_passing_qc,
    (count(*) filter (where staged.is_analysed and target.is_analysed))::integer as n_analysed,
    (count(distinct (staged.lab, staged.subject)) filter (where staged.is_analysed and target.is_analysed))::integer
        as n_subjects_analysed
from staged
left join photometry.target using (target_nm)
group by staged.target_nm, target.position, target.is_analysed
order by target.position nulls last, staged.target_nm;
