-- Which training sessions were run by whom, and how well? One row per session and user, as the tutorial joins them: sessions without trials, reaction times, training status or user drop out.
-- :param lab text default '%' -- pattern of the lab's name
-- :param subject text default '%' -- pattern of the subject's name
-- :param protocol text default '%training%' -- pattern of the task protocol; sessions without protocol drop out
-- :column session_id uuid -- the session's key
-- :column lab_name text -- lab where it was run
-- :column subject_nickname text -- name of the subject within its lab
-- :column session_date date -- calendar date at the rig
-- :column start_time timestamp with time zone -- start; empty when only the date is known
-- :column user_name text -- one of the people who ran it
-- :column n_trials integer -- trials of the session
-- :column performance_easy double precision -- share correct of the trials with 50 % contrast or more, 0 to 1
-- :column threshold_percent double precision -- threshold of the psychometric curve [% contrast]
-- :column bias_percent double precision -- bias of the psychometric curve [% contrast]
-- :column lapse_low double precision -- lapse rate at the left end, 0 to 1
-- :column lapse_high double precision -- lapse rate at the right end, 0 to 1
-- :column training_status text -- training status after this session
-- :column duration_s double precision -- end minus start [s]; empty when either is not recorded
\if :{?lab} \else \set lab '%' \endif
\if :{?subject} \else \set subject '%' \endif
\if :{?protocol} \else \set protocol '%training%' \endif
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
    session.duration_s
from analysis.session
join core.session_member using (session_id)
where session.lab_name like :'lab'
    and session.subject_nickname like :'subject'
    and session.task_protocol like :'protocol'
    and session.n_trials is not null
    and session.has_reaction_time
    and session.training_status is not null
order by session.lab_name, session.subject_nickname, session.session_date, session.session_number,
    session_member.user_name;
