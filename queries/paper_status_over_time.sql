-- How many of the paper's mice had which training status on each day of their training?
-- :param criterion text default 'none' of 'none', 'trained', 'biased', 'ephys' -- what the mice reached: none (any judged session), trained, biased (a biased session), ephys (ready for it)
-- :param project text default 'ibl_neuropixel_brainwide_01' of core.project.project_name -- pattern of the project of the subjects; with % those without any count too
-- :param cut_off date default '2020-03-23' -- last date that counts
-- :param criteria_set text default 'warehouse' of task.criteria_set.criteria_set -- rules of the training status
-- :param include_excluded boolean default 'false' -- also what was taken out of analyses (trialbase exclude)
-- :param include_simulated boolean default 'false' -- also simulated sessions and subjects
-- :column training_day integer -- training day of each mouse; its first is 1
-- :column status text -- training status by the last session up to that day
-- :column status_rank integer -- order of the statuses
-- :column n_subjects integer -- mice with that status, of those that were still run on that day or later
-- :column n_subjects_day integer -- all mice that were still run on that day or later
-- :column of_day_percent double precision -- the first of the second [%]
\if :{?criterion} \else \set criterion 'none' \endif
\if :{?project} \else \set project 'ibl_neuropixel_brainwide_01' \endif
\if :{?cut_off} \else \set cut_off '2020-03-23' \endif
\if :{?criteria_set} \else \set criteria_set 'warehouse' \endif
\if :{?include_excluded} \else \set include_excluded 'false' \endif
\if :{?include_simulated} \else \set include_simulated 'false' \endif
with subject as (
    select distinct subject_id
    from analysis.paper_subjects(:'project', :'cut_off'::date, :'criterion', :'criteria_set',
        :'include_excluded'::boolean, :'include_simulated'::boolean)
),
day as materialized (
    select
        subject_id,
        summary.training_day,
        lead(summary.training_day) over (partition by subject_id order by summary.training_day) as next_day,
        judged.status
    from subject
    join analysis.ibl_behavioral_summary_by_date as summary on summary.subject_uuid = subject.subject_id
    cross join lateral (
        select status.status
        from core.session
        join task.training_status as status
            on status.session_id = session.session_id
            and status.criteria_set = :'criteria_set'
        where session.subject_id = subject.subject_id
            and session.session_date = summary.session_date
        order by status.session_no desc
        limit 1
    ) as judged
    where summary.session_date <= :'cut_off'::date
        and (not summary.is_excluded or :'include_excluded'::boolean)
        and (summary.source is distinct from 'simulated' or :'include_simulated'::boolean)
),
counted as (
    select
        each.training_day,
        day.status,
        count(*)::integer as n_subjects
    from day
    -- Days without trials keep the status of the day before.
    cross join lateral generate_series(day.training_day, coalesce(day.next_day - 1, day.training_day)) as each (training_day)
    group by each.training_day, day.status
)
select
    counted.training_day,
    counted.status,
    stage.stage_rank::integer as status_rank,
    counted.n_subjects,
    (sum(counted.n_subjects) over of_day)::integer as n_subjects_day,
    (100.0 * counted.n_subjects / sum(counted.n_subjects) over of_day)::double precision as of_day_percent
from counted
join task.training_stage as stage using (status)
window of_day as (partition by counted.training_day)
order by counted.training_day, stage.stage_rank;
