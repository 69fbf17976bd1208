-- Which sessions were run, and how well? One row per session, whoever ran it.
-- :param lab text default '%' of core.lab.lab_name -- pattern of the lab's name
-- :param subject text default '%' of core.subject.nickname -- pattern of the subject's name
-- :param protocol text default '%' of analysis.session.task_protocol -- pattern of the task protocol (%training%); recorded or inferred; with % sessions whose task is not known count too
-- :param since date default '-infinity' -- first date
-- :param until date default 'infinity' -- last date
-- :param project text default '%' of core.project.project_name -- pattern of a project of the session; with % sessions without any count too
-- :param person text default '%' of core.member.user_name -- pattern of the name of a person who ran it; with % sessions without any count too
-- :param status text default '%' of task.training_stage.status -- pattern of the training status after the session; with % sessions without any count too
-- :param include_excluded boolean default 'false' -- also what was taken out of analyses (trialbase exclude)
-- :param include_simulated boolean default 'false' -- also simulated sessions and subjects
-- :param as_published boolean default 'false' -- as the reference's warehouse stores it: a performance_easy of 0 is empty (defect D10)
-- :column session_id uuid -- the session's key
-- :column lab_name text -- lab where it was run
-- :column subject_nickname text -- name of the subject within its lab
-- :column session_date date -- calendar date at the rig
-- :column session_number integer -- number of the session within its subject and date
-- :column start_time timestamp with time zone -- start; empty when only the date is known
-- :column duration_s double precision -- end minus start [s], or the span of the trials
-- :column is_duration_from_trials boolean -- whether duration_s is the span of the trials
-- :column task_protocol text -- name and version of the task
-- :column is_protocol_inferred boolean -- true when the protocol was inferred from the trials
-- :column user_names text -- people who ran it, separated by commas
-- :column n_trials integer -- trials of the session
-- :column n_without_contrast integer -- trials whose contrast is not recorded: the rest of the row leaves them out
-- :column performance double precision -- share of the trials reported on the side of a contrast above 0, 0 to 1: no-go and contrast 0 lower it
-- :column performance_easy double precision -- share of the trials with 50 % contrast or more reported on the right side, 0 to 1
-- :column threshold_percent double precision -- threshold of the psychometric curve [% contrast]
-- :column bias_percent double precision -- bias of the psychometric curve [% contrast]
-- :column lapse_low double precision -- lapse rate at the left end, 0 to 1
-- :column lapse_high double precision -- lapse rate at the right end, 0 to 1
-- :column fit_quality text -- whether these four mean something: good, at_bound, too_few_levels, flat
-- :column median_response_time_s double precision -- median of response minus stimulus onset [s]
-- :column training_status text -- training status after this session, by the rules of the IBL's database
-- :column training_status_n_days integer -- dates that it was judged on
-- :column source text -- source of the session
-- :column is_excluded boolean -- whether it was taken out of analyses
\if :{?lab} \else \set lab '%' \endif
\if :{?subject} \else \set subject '%' \endif
\if :{?protocol} \else \set protocol '%' \endif
\if :{?since} \else \set since '-infinity' \endif
\if :{?until} \else \set until 'infinity' \endif
\if :{?project} \else \set project '%' \endif
\if :{?person} \else \set person '%' \endif
\if :{?status} \else \set status '%' \endif
\if :{?include_excluded} \else \set include_excluded 'false' \endif
\if :{?include_simulated} \else \set include_simulated 'false' \endif
\if :{?as_published} \else \set as_published 'false' \endif
select
    session_id,
    lab_name,
    subject_nickname,
    session_date,
    session_number,
    start_time,
    duration_s,
    is_duration_from_trials,
    task_protocol,
    is_protocol_inferred,
    user_names,
    n_trials,
    n_without_contrast,
    performance,
    case when :'as_published'::boolean then nullif(performance_easy, 0) else performance_easy end as performance_easy,
    threshold_percent,
    bias_percent,
    lapse_low,
    lapse_high,
    fit_quality,
    median_response_time_s,
    training_status,
    training_status_n_days,
    source,
    is_excluded
from analysis.session
where lab_name like :'lab'
    and subject_nickname like :'subject'
    and coalesce(task_protocol, '') like :'protocol'
    and session_date between :'since'::date and :'until'::date
    and (:'project' = '%' or exists (
        select from core.session_project
        where session_project.session_id = session.session_id and session_project.project_name like :'project'
    ))
    and (:'person' = '%' or exists (
        select from core.session_member
        where session_member.session_id = session.session_id and session_member.user_name like :'person'
    ))
    and coalesce(training_status, '') like :'status'
    and (not is_excluded or :'include_excluded'::boolean)
    and (source is distinct from 'simulated' or :'include_simulated'::boolean)
order by lab_name, subject_nickname, session_date, session_number;
