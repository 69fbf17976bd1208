-- Which sessions did each mouse of the paper run until it reached a criterion, that day included (figure 2g)? Sessions with trials of every task count.
-- :param criterion text default 'trained' of 'none', 'trained', 'biased', 'ephys' -- what they reached: none (any judged session), trained, biased (a biased session), ephys (ready for it)
-- :param project text default 'ibl_neuropixel_brainwide_01' of core.project.project_name -- pattern of the project of the subjects; with % those without any count too
-- :param cut_off date default '2020-03-23' -- last date that counts
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
\if :{?project} \else \set project 'ibl_neuropixel_brainwide_01' \endif
\if :{?cut_off} \else \set cut_off '2020-03-23' \endif
\if :{?criteria_set} \else \set criteria_set 'warehouse' \endif
\if :{?include_excluded} \else \set include_excluded 'false' \endif
\if :{?include_simulated} \else \set include_simulated 'false' \endif
with subject as (
    select distinct subject_id, lab_name, subject_nickname, criterion_date
    from analysis.paper_subjects(:'project', :'cut_off'::date, :'criterion', :'criteria_set', :'include_excluded'::boolean,
        :'include_simulated'::boolean)
)
select
    session.session_id,
    session.subject_id,
    subject.lab_name,
    subject.subject_nickname,
    session.session_date,
    session.start_time,
    session.task_protocol
from subject
join core.session_context as session
    on session.subject_id = subject.subject_id
    and session.session_date <= subject.criterion_date
join task.choice_session using (session_id)
where (not session.is_excluded or :'include_excluded'::boolean)
    and (session.source is distinct from 'simulated' or :'include_simulated'::boolean)
order by subject.lab_name, subject.subject_nickname, session.session_date, session.start_time, session.session_id;
