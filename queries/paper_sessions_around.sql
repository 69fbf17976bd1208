-- Which sessions did a trained subject of the paper run from the first to the last of its days around a criterion? Sessions of every task count.
-- :param criterion text default 'trained' of 'trained', 'biased', 'ephys' -- what was reached: trained, biased (a biased session while trained 1b), ephys (ready for it)
-- :param before integer default '2' -- training days before the day of the criterion
-- :param after integer default '0' -- training days after it
-- :param project text default 'ibl_neuropixel_brainwide_01' of core.project.project_name -- pattern of the project of the subjects; with % those without any count too
-- :param cut_off date default '2020-03-23' -- last date that counts
-- :param excluded_session uuid default 'a9fb578a-9d7d-42b4-8dbc-3b419ce9f424' -- session that the paper leaves out
-- :param criteria_set text default 'warehouse' of task.criteria_set.criteria_set -- rules of the training status
-- :param include_excluded boolean default 'false' -- also what was taken out of analyses (trialbase exclude)
-- :param include_simulated boolean default 'false' -- also simulated sessions and subjects
-- :column session_id uuid -- the session's key
-- :column subject_id uuid -- the subject's key
-- :column lab_name text -- lab that keeps the subject
-- :column subject_nickname text -- name of the subject within its lab
-- :column session_date date -- calendar date at the rig
-- :column start_time timestamp with time zone -- start; empty when only the date is known
-- :column task_protocol text -- name and version of the task
\if :{?criterion} \else \set criterion 'trained' \endif
\if :{?before} \else \set before '2' \endif
\if :{?after} \else \set after '0' \endif
\if :{?project} \else \set project 'ibl_neuropixel_brainwide_01' \endif
\if :{?cut_off} \else \set cut_off '2020-03-23' \endif
\if :{?excluded_session} \else \set excluded_session 'a9fb578a-9d7d-42b4-8dbc-3b419ce9f424' \endif
\if :{?criteria_set} \else \set criteria_set 'warehouse' \endif
\if :{?include_excluded} \else \set include_excluded 'false' \endif
\if :{?include_simulated} \else \set include_simulated 'false' \endif
with span as (
    select
        subject_id,
        lab_name,
        subject_nickname,
        min(session_date) as first_date,
        max(session_date) as last_date
    from analysis.paper_days_around(:'project', :'cut_off'::date, :'criterion', :'before'::integer, :'after'::integer,
        :'criteria_set', :'include_excluded'::boolean, :'include_simulated'::boolean)
    group by subject_id, lab_name, subject_nickname
)
select
    session.session_id,
    session.subject_id,
    span.lab_name,
    span.subject_nickname,
    session.session_date,
    session.start_time,
    session.task_protocol
from span
join core.session_context as session
    on session.subject_id = span.subject_id
    and session.session_date between span.first_date and span.last_date
where session.session_id <> :'excluded_session'::uuid
    and (not session.is_excluded or :'include_excluded'::boolean)
    and (session.source is distinct from 'simulated' or :'include_simulated'::boolean)
order by span.lab_name, span.subject_nickname, session.session_date, session.start_time, session.session_id;
