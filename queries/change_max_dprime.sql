-- How large did the rolling d' of a mouse get in each of its sessions?
-- :param subject text of core.subject.nickname -- name of the subject, exactly
-- :param lab text default '%' of core.lab.lab_name -- pattern of the lab's name, for names that several labs use
-- :param include_excluded boolean default 'false' -- also what was taken out of analyses (trialbase exclude)
-- :param include_simulated boolean default 'false' -- also simulated sessions and subjects
-- :column lab_name text -- lab where the session was run
-- :column subject_nickname text -- name of the subject within its lab
-- :column session_no integer -- number of the session among those of the subject, from 1
-- :column session_date date -- calendar date at the rig
-- :column session_type text -- stage of training or imaging
-- :column max_dprime double precision -- largest rolling d'; empty when there is none
-- :column dprime_reason text -- why: passive, no_catch_trials, no_go_trials or no_trials; not_loaded for sessions without trials here
-- :column n_trials integer -- trials that were not aborted
-- :column source text -- source of the session
-- :column session_id uuid -- the session's key
\if :{?lab} \else \set lab '%' \endif
\if :{?include_excluded} \else \set include_excluded 'false' \endif
\if :{?include_simulated} \else \set include_simulated 'false' \endif
select
    session.lab_name,
    session.subject_nickname,
    row_number() over (
        partition by session.subject_id
        order by session.session_date, session.start_time, session.session_id
    )::integer as session_no,
    session.session_date,
    session.session_type,
    performance.max_dprime,
    case when performance.session_id is null then 'not_loaded' else performance.dprime_reason end as dprime_reason,
    performance.trial_count - performance.aborted_trial_count as n_trials,
    session.source,
    session.session_id
from analysis.change_session as session
left join analysis.change_performance as performance using (session_id)
where session.subject_nickname = :'subject'
    and session.lab_name like :'lab'
    and (not session.is_excluded or :'include_excluded'::boolean)
    and (session.source is distinct from 'simulated' or :'include_simulated'::boolean)
order by session.lab_name, session_no;
