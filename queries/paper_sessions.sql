-- Which sessions did the subjects of the paper run, by task? Sessions without trials count; those whose task is not recorded do not.
-- :param task text default 'all' of 'all', 'training', 'biased', 'ephys' -- word in the recorded protocol; all: any protocol but habituation
-- :param criterion text default 'trained' of 'none', 'trained', 'biased', 'ephys' -- what they reached: none (any judged session), trained, biased (a biased session), ephys (ready for it)
-- :param project text default 'ibl_neuropixel_brainwide_01' of core.project.project_name -- pattern of the project of the subjects; with % those without any count too
-- :param cut_off date default '2020-03-23' -- last date that counts
-- :param stable boolean default 'false' -- only sessions on stable hardware, after stable_since
-- :param stable_since date default '2019-06-10' -- last date of unstable hardware
-- :param excluded_session uuid default 'a9fb578a-9d7d-42b4-8dbc-3b419ce9f424' -- session that the paper leaves out
-- :param include_inferred boolean default 'false' -- also sessions whose task was not recorded, as their trials tell it
-- :param criteria_set text default 'warehouse' of task.criteria_set.criteria_set -- rules of the training status
-- :param include_excluded boolean default 'false' -- also what was taken out of analyses (trialbase exclude)
-- :param include_simulated boolean default 'false' -- also simulated sessions and subjects
-- :column session_id uuid -- the session's key
-- :column subject_id uuid -- the subject's key
-- :column lab_name text -- lab that keeps the subject
-- :column project_name text -- the project of the subject; empty for none
-- :column subject_nickname text -- name of the subject within its lab
-- :column session_date date -- calendar date at the rig
-- :column start_time timestamp with time zone -- start; empty when only the date is known
-- :column task_protocol text -- name and version of the task
\if :{?task} \else \set task 'all' \endif
\if :{?criterion} \else \set criterion 'trained' \endif
\if :{?project} \else \set project 'ibl_neuropixel_brainwide_01' \endif
\if :{?cut_off} \else \set cut_off '2020-03-23' \endif
\if :{?stable} \else \set stable 'false' \endif
\if :{?stable_since} \else \set stable_since '2019-06-10' \endif
\if :{?excluded_session} \else \set excluded_session 'a9fb578a-9d7d-42b4-8dbc-3b419ce9f424' \endif
\if :{?include_inferred} \else \set include_inferred 'false' \endif
\if :{?criteria_set} \else \set criteria_set 'warehouse' \endif
\if :{?include_excluded} \else \set include_excluded 'false' \endif
\if :{?include_simulated} \else \set include_simulated 'false' \endif
select
    session.session_id,
    session.subject_id,
    subject.lab_name,
    subject.project_name,
    subject.subject_nickname,
    session.session_date,
    session.start_time,
    session.task_protocol
from analysis.paper_subjects(:'project', :'cut_off'::date, :'criterion', :'criteria_set', :'include_excluded'::boolean, :'include_simulated'::boolean) as subject
join core.session_context as session using (subject_id)
where case :'task'
        when 'all' then session.task_protocol not like '%habituation%'
        else session.task_protocol like '%' || :'task' || '%'
    end
    and session.session_date <= :'cut_off'::date
    and (session.session_date > :'stable_since'::date or not :'stable'::boolean)
    and session.session_id <> :'excluded_session'::uuid
    and (not session.is_protocol_inferred or :'include_inferred'::boolean)
    and (not session.is_excluded or :'include_excluded'::boolean)
    and (session.source is distinct from 'simulated' or :'include_simulated'::boolean)
order by subject.lab_name, subject.subject_nickname, session.session_date, session.start_time, session.session_id, subject.project_name;
