-- Which training sessions were run by whom, and how well? One row per session and person, as the tutorial joins them: sessions without trials, reaction times or training status drop out.
-- :param lab text default '%' of core.lab.lab_name -- pattern of the lab's name
-- :param subject text default '%' of core.subject.nickname -- pattern of the subject's name
-- :param protocol text default '%training%' of analysis.session.task_protocol -- pattern of the task protocol, recorded or inferred from the trials
-- :param include_excluded boolean default 'false' -- also what was taken out of analyses (trialbase exclude)
-- :param include_simulated boolean default 'false' -- also simulated sessions and subjects
-- :column session_id uuid -- the session's key
-- :column lab_name text -- lab where it was run
-- :column subject_nickname text -- name of the subject within its lab
-- :column session_date date -- calendar date at the rig
-- :column start_time timestamp with time zone -- start; empty when only the date is known
-- :column user_name text -- one of the people who ran it; empty where none was recorded
-- :column n_trials integer -- trials of the session
-- :column performance_easy double precision -- share correct of the trials with 50 % contrast or more, 0 to 1
-- :column threshold_percent double precision -- threshold of the psychometric curve [% contrast]
-- :column bias_percent double precision -- bias of the psychometric curve [% contrast]
-- :column lapse_low double precision -- lapse rate at the left end, 0 to 1
-- :column lapse_high double precision -- lapse rate at the right end, 0 to 1
-- :column training_status text -- training status after this session
-- :column fit_quality text -- whether the four parameters mean something: good, at_bound, too_few_levels, flat
-- :column training_status_n_days integer -- dates that the status was judged on
-- :column duration_s double precision -- end minus start [s], or the span of the trials
-- :column is_duration_from_trials boolean -- whether duration_s is the span of the trials
\if :{?lab} \else \set lab '%' \endif
\if :{?subject} \else \set subject '%' \endif
\if :{?protocol} \else \set protocol '%training%' \endif
\if :{?include_excluded} \else \set include_excluded 'false' \endif
\if :{?include_simulated} \else \set include_simulated 'false' \endif
select
    session.session_id,
    session.lab_name,
    session.subject_nickname,
    session.session_date,
    session.start_time,
    session_member.user_name,
    session.n_trials,
    session.performance_easy,
    session.threshold_percent,
    session.bias_percent,
    session.lapse_low,
    session.lapse_high,
    session.training_status,
    session.fit_quality,
    session.training_status_n_days,
    session.duration_s,
    session.is_duration_from_trials
from analysis.session
left join core.session_member using (session_id)
where session.lab_name like :'lab'
    and session.subject_nickname like :'subject'
    and session.task_protocol like :'protocol'
    and (not session.is_excluded or :'include_excluded'::boolean)
    and (session.source is distinct from 'simulated' or :'include_simulated'::boolean)
    and session.n_trials is not null
    and session.has_reaction_time
    and session.training_status is not null
order by session.lab_name, session.subject_nickname, session.session_date, session.session_number,
    session_member.user_name;
