-- How many training days did each of the paper's mice take from one status to the next?
-- :param project text default 'ibl_neuropixel_brainwide_01' of core.project.project_name -- pattern of the project of the subjects; with % those without any count too
-- :param cut_off date default '2020-03-23' -- last date that counts
-- :param criteria_set text default 'warehouse' of task.criteria_set.criteria_set -- rules of the training status
-- :param include_excluded boolean default 'false' -- also what was taken out of analyses (trialbase exclude)
-- :param include_simulated boolean default 'false' -- also simulated sessions and subjects
-- :column institution text -- short name of the lab's institution, or the lab's own name where none is recorded
-- :column lab_name text -- lab that keeps the subject
-- :column subject_nickname text -- name of the subject within its lab
-- :column step_no integer -- number of the step, from 1
-- :column step text -- from which status to which
-- :column from_date date -- first date of the status that the step begins with, or of a higher one; of the first step the first training day
-- :column to_date date -- first date of the status that it ends with, or of a higher one
-- :column n_days integer -- training days from the one to the other; of the first step those up to and including the last; 0 where a status was passed over
-- :column n_sessions integer -- sessions with trials in this time, those of the last day included
\if :{?project} \else \set project 'ibl_neuropixel_brainwide_01' \endif
\if :{?cut_off} \else \set cut_off '2020-03-23' \endif
\if :{?criteria_set} \else \set criteria_set 'warehouse' \endif
\if :{?include_excluded} \else \set include_excluded 'false' \endif
\if :{?include_simulated} \else \set include_simulated 'false' \endif
with subject as (
    select distinct subject_id, lab_name, institution_short, subject_nickname
    from analysis.paper_subjects(:'project', :'cut_off'::date, 'none', :'criteria_set',
        :'include_excluded'::boolean, :'include_simulated'::boolean)
),
judged as materialized (
    select
        session.subject_id,
        session.session_date,
        stage.stage_rank,
        day.training_day
    from subject
    join core.session_context as session using (subject_id)
    join task.training_status as status
        on status.session_id = session.session_id
        and status.criteria_set = :'criteria_set'
    join task.training_stage as stage on stage.status = status.status
    join analysis.training_day as day
        on day.subject_id = session.subject_id
        and day.session_date = session.session_date
    where session.session_date <= :'cut_off'::date
        and (not session.is_excluded or :'include_excluded'::boolean)
        and (session.source is distinct from 'simulated' or :'include_simulated'::boolean)
),
stage as (
    select status, stage_rank, row_number() over (order by stage_rank) as stage_no
    from task.training_stage
    where status in ('trained 1a', 'trained 1b', 'ready4ephysrig', 'ready4delay', 'ready4recording')
),
first_day as (
    select
        judged.subject_id,
        stage.stage_no,
        stage.status,
        min(judged.session_date) as session_date,
        min(judged.training_day) as training_day
    from judged
    join stage on judged.stage_rank >= stage.stage_rank
    group by judged.subject_id, stage.stage_no, stage.status
    union all
    select subject_id, 0, 'first day', min(session_date), 0
    from judged
    group by subject_id
)
select
    coalesce(subject.institution_short, subject.lab_name) as institution,
    subject.lab_name,
    subject.subject_nickname,
    until.stage_no::integer as step_no,
    since.status || ' to ' || until.status as step,
    since.session_date as from_date,
    until.session_date as to_date,
    (until.training_day - since.training_day)::integer as n_days,
    (
        select count(*)::integer
        from judged
        where judged.subject_id = subject.subject_id
            and judged.session_date <= until.session_date
            and (judged.session_date > since.session_date or since.stage_no = 0)
    ) as n_sessions
from first_day as until
join first_day as since
    on since.subject_id = until.subject_id
    and since.stage_no = until.stage_no - 1
join subject on subject.subject_id = until.subject_id
order by step_no, institution, subject.lab_name, subject.subject_nickname;
