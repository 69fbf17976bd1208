-- How far did each subject come in training? The status after its last session, and when it was trained.
-- :param status text default '%' of task.training_stage.status -- pattern of the status (in training, trained 1a, ready4...); with % subjects without any count too
-- :param lab text default '%' of core.lab.lab_name -- pattern of the lab's name
-- :param only_alive boolean default 'false' -- only subjects that are alive by the records
-- :param include_excluded boolean default 'false' -- also what was taken out of analyses (trialbase exclude)
-- :param include_simulated boolean default 'false' -- also simulated sessions and subjects
-- :column lab_name text -- lab that keeps the subject
-- :column subject_nickname text -- name of the subject within its lab
-- :column training_status text -- status after the last session, by the rules of the IBL's database; empty when not computed
-- :column trained_date date -- first date with status trained 1a or trained 1b; empty when there is none
-- :column n_sessions integer -- sessions of the subject
-- :column last_session_date date -- date of the last one
-- :column death_date date -- day of death; empty for the living
-- :column subject_id uuid -- the subject's key
\if :{?status} \else \set status '%' \endif
\if :{?lab} \else \set lab '%' \endif
\if :{?only_alive} \else \set only_alive 'false' \endif
\if :{?include_excluded} \else \set include_excluded 'false' \endif
\if :{?include_simulated} \else \set include_simulated 'false' \endif
select
    lab_name,
    subject_nickname,
    training_status,
    trained_date,
    n_sessions,
    last_session_date,
    death_date,
    subject_id
from analysis.subject
where coalesce(training_status, '') like :'status'
    and lab_name like :'lab'
    and (death_date is null or not :'only_alive'::boolean)
    and (not is_excluded or :'include_excluded'::boolean)
    and (source is distinct from 'simulated' or :'include_simulated'::boolean)
order by lab_name, subject_nickname;
