-- How many recordings of each target are complete, stage by stage, and of how many animals?
-- :param lab text default '%' of core.lab.lab_name -- pattern of the lab's name
-- :param include_excluded boolean default 'false' -- also what was taken out of analyses (trialbase exclude)
-- :param include_simulated boolean default 'false' -- also simulated sessions and subjects
-- :column target_nm text -- region and neuromodulator; null for regions that are no target
-- :column is_analysed_target boolean -- whether analyses take the target unless told otherwise
-- :column n_recordings integer -- recordings in the catalogue
-- :column n_subjects integer -- animals
-- :column n_raw integer -- recordings whose raw signal is loaded
-- :column n_with_trials integer -- those with extracted data and enough trials within the signal
-- :column n_passing_qc integer -- those whose quality control is computed and passed
-- :column n_analysed integer -- recordings that analyses take
-- :column n_subjects_analysed integer -- their animals
\if :{?lab} \else \set lab '%' \endif
\if :{?include_excluded} \else \set include_excluded 'false' \endif
\if :{?include_simulated} \else \set include_simulated 'false' \endif
with staged as (
    select *
    from analysis.photometry_recording_stage
    where lab_name like :'lab'
        and (not is_excluded or :'include_excluded'::boolean)
        and (source is distinct from 'simulated' or :'include_simulated'::boolean)
)
select
    staged.target_nm,
    coalesce(target.is_analysed, false) as is_analysed_target,
    count(*)::integer as n_recordings,
    count(distinct (staged.lab_name, staged.subject_nickname))::integer as n_subjects,
    (count(*) filter (where has_raw_data))::integer as n_raw,
    (count(*) filter (where has_trials_within_signal))::integer as n_with_trials,
    (count(*) filter (where passes_qc))::integer as n_passing_qc,
    (count(*) filter (where staged.is_analysed and target.is_analysed))::integer as n_analysed,
    (count(distinct (staged.lab_name, staged.subject_nickname)) filter (where staged.is_analysed and target.is_analysed))::integer
        as n_subjects_analysed
from staged
left join photometry.target using (target_nm)
group by staged.target_nm, target.position, target.is_analysed
order by target.position nulls last, staged.target_nm;
