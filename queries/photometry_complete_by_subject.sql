-- How many photometry sessions of each animal are complete, stage by stage?
-- :param lab text default '%' of core.lab.lab_name -- pattern of the lab's name
-- :param include_excluded boolean default 'false' -- also what was taken out of analyses (trialbase exclude)
-- :param include_simulated boolean default 'false' -- also simulated sessions and subjects
-- :column lab_name text -- lab that ran the sessions
-- :column subject_nickname text -- name of the subject
-- :column targets text -- its targets, separated by commas
-- :column n_sessions integer -- sessions with recordings in the catalogue
-- :column n_raw integer -- sessions whose raw signal is loaded
-- :column n_with_trials integer -- those with extracted data and enough trials within the signal
-- :column n_passing_qc integer -- those whose quality control is computed and passed
-- :column n_analysed integer -- sessions that analyses take
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
    lab_name,
    subject_nickname,
    string_agg(distinct target_nm, ', ' order by target_nm) as targets,
    count(distinct session_id)::integer as n_sessions,
    (count(distinct session_id) filter (where has_raw_data))::integer as n_raw,
    (count(distinct session_id) filter (where has_trials_within_signal))::integer as n_with_trials,
    (count(distinct session_id) filter (where passes_qc))::integer as n_passing_qc,
    (count(distinct session_id) filter (where is_analysed))::integer as n_analysed
from staged
group by lab_name, subject_nickname
order by lab_name, subject_nickname;
