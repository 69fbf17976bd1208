-- How many subjects of the paper began, are still in training, were trained, and became ready to be recorded from (figure 1c)?
-- :param project text default 'ibl_neuropixel_brainwide_01' of core.project.project_name -- pattern of the project of the subjects; with % those without any count too
-- :param cut_off date default '2020-03-23' -- last date that counts
-- :param criteria_set text default 'warehouse' of task.criteria_set.criteria_set -- rules of the training status
-- :param include_excluded boolean default 'false' -- also what was taken out of analyses (trialbase exclude)
-- :param include_simulated boolean default 'false' -- also simulated sessions and subjects
-- :column stage_no integer -- place of the stage in the order of drawing, from 1
-- :column stage text -- started (first judged session by the last date), still training (last status in training, alive and run after the last date; the paper leaves them out), not trained (neither), trained (1a or 1b), ready (any status ready4...), and 'trained, not ready'
-- :column n_subjects integer -- subjects at this stage
-- :column of_started_percent double precision -- the same of those that started [%]; empty when none did
-- :column is_left_out boolean -- whether the paper leaves these subjects out
\if :{?project} \else \set project 'ibl_neuropixel_brainwide_01' \endif
\if :{?cut_off} \else \set cut_off '2020-03-23' \endif
\if :{?criteria_set} \else \set criteria_set 'warehouse' \endif
\if :{?include_excluded} \else \set include_excluded 'false' \endif
\if :{?include_simulated} \else \set include_simulated 'false' \endif
with subject as (
    select distinct subject_id
    from analysis.paper_subjects(:'project', :'cut_off'::date, 'none', :'criteria_set',
        :'include_excluded'::boolean, :'include_simulated'::boolean)
),
trained as (
    select distinct subject_id
    from analysis.paper_subjects(:'project', :'cut_off'::date, 'trained', :'criteria_set',
        :'include_excluded'::boolean, :'include_simulated'::boolean)
),
ready as (
    select distinct subject_id
    from analysis.paper_subjects(:'project', :'cut_off'::date, 'ephys', :'criteria_set',
        :'include_excluded'::boolean, :'include_simulated'::boolean)
),
latest as (
    select distinct on (session.subject_id)
        session.subject_id,
        judged.status,
        session.session_date
    from task.training_status as judged
    join core.session_context as session on session.session_id = judged.session_id
    where judged.criteria_set = :'criteria_set'
        and (not session.is_excluded or :'include_excluded'::boolean)
        and (session.source is distinct from 'simulated' or :'include_simulated'::boolean)
    order by session.subject_id, judged.session_no desc
),
subject_stage as (
    select
        subject.subject_id,
        trained.subject_id is not null as is_trained,
        ready.subject_id is not null as is_ready,
        trained.subject_id is null and latest.status = 'in training' and latest.session_date > :'cut_off'::date
            and coalesce(known.death_date > :'cut_off'::date, true) as is_still_training
    from subject
    join core.subject as known using (subject_id)
    join latest using (subject_id)
    left join trained using (subject_id)
    left join ready using (subject_id)
),
counted as (
    select
        stage.stage_no,
        stage.stage,
        (count(*) filter (where case stage.stage_no
            when 1 then true
            when 2 then is_still_training
            when 3 then not is_trained and not is_ready and not is_still_training
            when 4 then is_trained
            when 5 then is_ready
            else is_trained and not is_ready
        end))::integer as n_subjects,
        count(*) as n_started,
        stage.stage_no = 2 as is_left_out
    from subject_stage
    cross join (
        values (1, 'started'), (2, 'still training'), (3, 'not trained'), (4, 'trained'), (5, 'ready'), (6, 'trained, not ready')
    ) as stage (stage_no, stage)
    group by stage.stage_no, stage.stage
)
select
    stage_no,
    stage,
    n_subjects,
    100.0::double precision * n_subjects / n_started as of_started_percent,
    is_left_out
from counted
order by stage_no;
