-- Which are the first sessions in a row (three) of a subject of the paper with performance on easy trials above a bound, each of them?
-- :param above number default '0.8' -- share correct of the trials with 50 % contrast or more that each of the sessions exceeds, 0 to 1
-- :param in_a_row integer default '3' -- how many sessions in a row
-- :param criterion text default 'trained' of 'none', 'trained', 'biased', 'ephys' -- what they reached: none (any judged session), trained, biased (a biased session), ephys (ready for it)
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
-- :column session_ordinal integer -- place among the sessions of the subject with easy trials, from 1
-- :column performance_easy double precision -- share correct of the trials with 50 % contrast or more, 0 to 1
\if :{?above} \else \set above '0.8' \endif
\if :{?in_a_row} \else \set in_a_row '3' \endif
\if :{?criterion} \else \set criterion 'trained' \endif
\if :{?project} \else \set project 'ibl_neuropixel_brainwide_01' \endif
\if :{?cut_off} \else \set cut_off '2020-03-23' \endif
\if :{?excluded_session} \else \set excluded_session 'a9fb578a-9d7d-42b4-8dbc-3b419ce9f424' \endif
\if :{?criteria_set} \else \set criteria_set 'warehouse' \endif
\if :{?include_excluded} \else \set include_excluded 'false' \endif
\if :{?include_simulated} \else \set include_simulated 'false' \endif
with subject as (
    select distinct subject_id, lab_name, subject_nickname
    from analysis.paper_subjects(:'project', :'cut_off'::date, :'criterion', :'criteria_set', :'include_excluded'::boolean, :'include_simulated'::boolean)
),
ordered as (
    select
        subject.subject_id,
        subject.lab_name,
        subject.subject_nickname,
        session.session_id,
        session.session_date,
        performance.performance_easy::double precision as performance_easy,
        (row_number() over (
            partition by subject.subject_id
            order by session.session_date, session.start_time nulls last, session.session_number nulls last, session.session_id
        ))::integer as session_ordinal
    from subject
    join core.session_context as session using (subject_id)
    join task.session_performance as performance using (session_id)
    where performance.performance_easy is not null
        and session.session_date <= :'cut_off'::date
        and session.session_id <> :'excluded_session'::uuid
        and (not session.is_excluded or :'include_excluded'::boolean)
        and (session.source is distinct from 'simulated' or :'include_simulated'::boolean)
),
in_a_row as (
    select
        subject_id,
        session_ordinal,
        min(performance_easy) over following as lowest,
        count(*) over following as n
    from ordered
    window following as (
        partition by subject_id
        order by session_ordinal
        rows between current row and (:'in_a_row'::integer - 1) following
    )
),
first as (
    select subject_id, min(session_ordinal) as session_ordinal
    from in_a_row
    where n = :'in_a_row'::integer and lowest > :'above'::double precision
    group by subject_id
)
select
    ordered.session_id,
    ordered.subject_id,
    ordered.lab_name,
    ordered.subject_nickname,
    ordered.session_date,
    ordered.session_ordinal,
    ordered.performance_easy
from ordered
join first
    on first.subject_id = ordered.subject_id
    and ordered.session_ordinal between first.session_ordinal and first.session_ordinal + :'in_a_row'::integer - 1
order by ordered.lab_name, ordered.subject_nickname, ordered.session_ordinal;
