-- When should each session have ended, by what the animal did, and by which criterion?
-- :param lab text default '%' of core.lab.lab_name -- pattern of the lab's name
-- :param subject text default '%' of core.subject.nickname -- pattern of the subject's name
-- :param include_excluded boolean default 'false' -- also what was taken out of analyses (trialbase exclude)
-- :param include_simulated boolean default 'false' -- also simulated sessions and subjects
-- :column session_id uuid -- the session's key
-- :column lab_name text -- lab where it was run
-- :column subject_nickname text -- name of the subject within its lab
-- :column session_date date -- calendar date at the rig
-- :column session_number integer -- number of the session within its subject and date
-- :column n_trials integer -- trials that were looked at
-- :column n_without_start integer -- of them without a start: the criteria of duration cannot hold at them
-- :column end_criterion text -- criterion that held first: long_rt, perf_ez<40, perf<40, <400_trials, >45_min_&_stopped, >90_min; empty for none
-- :column end_trial integer -- trial at which it held first, from 1
-- :column n_trials_after integer -- trials after that one; empty without one
-- :column rig_criterion text -- the same of the criteria by which the rig's software ended sessions: long_rt, <400_trials, >90_min
-- :column rig_trial integer -- trial at which that one held first, from 1
-- :column source text -- source of the session
-- :column is_excluded boolean -- whether it was taken out of analyses
\if :{?lab} \else \set lab '%' \endif
\if :{?subject} \else \set subject '%' \endif
\if :{?include_excluded} \else \set include_excluded 'false' \endif
\if :{?include_simulated} \else \set include_simulated 'false' \endif
select
    session.session_id,
    session.lab_name,
    session.subject_nickname,
    session.session_date,
    session.session_number,
    session_end.n_trials,
    session_end.n_without_start,
    session_end.end_criterion,
    session_end.end_trial,
    case
        when session_end.end_trial is not null then (
            select count(*)::integer
            from task.choice_trial
            where choice_trial.session_id = session.session_id and choice_trial.trial > session_end.end_trial
        )
    end as n_trials_after,
    session_end.rig_criterion,
    session_end.rig_trial,
    session.source,
    session.is_excluded
from analysis.session
join task.session_end using (session_id)
where session.lab_name like :'lab'
    and session.subject_nickname like :'subject'
    and (not session.is_excluded or :'include_excluded'::boolean)
    and (session.source is distinct from 'simulated' or :'include_simulated'::boolean)
order by session.lab_name, session.subject_nickname, session.session_date, session.session_number, session.session_id;
