-- Which training sessions were run by whom, and how well? One row per session and person, as the tutorial joins them: sessions without trials, reaction times or training status drop out.
-- :param lab text default '%' of core.lab.lab_name -- pattern of the lab's name
-- :param subject text default '%' of core.subject.nickname -- pattern of the subject's name
-- :param protocol text default '%training%' of analysis.session.task_protocol -- pattern of the task protocol, recorded or inferred from the trials
-- :param criteria_set text default 'warehouse' of task.criteria_set.criteria_set -- rules of the training status
-- :param include_without_person boolean default 'true' -- also sessions whose people were not recorded; the tutorial's join drops them
-- :param include_inferred boolean default 'true' -- also sessions whose task was not recorded, as their trials tell it
-- :param include_excluded boolean default 'false' -- also what was taken out of analyses (trialbase exclude)
-- :param include_simulated boolean default 'false' -- also simulated sessions and subjects
-- :param as_published boolean default 'false' -- as the reference's warehouse stores it: a performance_easy of 0 is empty (defect D10)
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
\if :{?criteria_set} \else \set criteria_set 'warehouse' \endif
\if :{?include_without_person} \else \set include_without_person 'true' \endif
\if :{?include_inferred} \else \set include_inferred 'true' \endif
\if :{?include_excluded} \else \set include_excluded 'false' \endif
\if :{?include_simulated} \else \set include_simulated 'false' \endif
\if :{?as_published} \else \set as_published 'false' \endif
select
    session.session_id,
    session.lab_name,
    session.subject_nickname,
    session.session_date,
    session.start_time,
    session_member.user_name,
    session.n_trials,
    case when :'as_published'::boolean then nullif(session.performance_easy, 0) else session.performance_easy end as performance_easy,
    session.threshold_percent,
    session.bias_percent,
    session.lapse_low,
    session.lapse_high,
    judged.status as training_status,
    session.fit_quality,
    judged.n_days as training_status_n_days,
    session.duration_s,
    session.is_duration_from_trials
from analysis.session
join task.training_status as judged
    on judged.session_id = session.session_id
    and judged.subject_id = session.subject_id
    and judged.criteria_set = :'criteria_set'
left join core.session_member on session_member.session_id = session.session_id
where session.lab_name like :'lab'
    and session.subject_nickname like :'subject'
    and session.task_protocol like :'protocol'
    and (not session.is_excluded or :'include_excluded'::boolean)
    and (session.source is distinct from 'simulated' or :'include_simulated'::boolean)
    and session.n_trials is not null
    and session.has_reaction_time
    and (not session.is_protocol_inferred or :'include_inferred'::boolean)
    and (session_member.user_name is not null or :'include_without_person'::boolean)
order by session.lab_name, session.subject_nickname, session.session_date, session.session_number,
    session_member.user_name;
