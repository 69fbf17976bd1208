-- By which criterion should the sessions of the paper's mice have ended, and how many sessions by each?
-- :param criterion text default 'none' of 'none', 'trained', 'biased', 'ephys' -- what the mice reached: none (any judged session), trained, biased (a biased session), ephys (ready for it)
-- :param rig_only boolean default 'false' -- only the criteria by which the rig's software ended sessions: long_rt, <400_trials, >90_min
-- :param project text default 'ibl_neuropixel_brainwide_01' of core.project.project_name -- pattern of the project of the subjects; with % those without any count too
-- :param cut_off date default '2020-03-23' -- last date that counts
-- :param criteria_set text default 'warehouse' of task.criteria_set.criteria_set -- rules of the training status
-- :param include_excluded boolean default 'false' -- also what was taken out of analyses (trialbase exclude)
-- :param include_simulated boolean default 'false' -- also simulated sessions and subjects
-- :column task text -- task of the sessions; unknown where it is not known
-- :column end_criterion text -- criterion that held first: long_rt, perf_ez<40, perf<40, <400_trials, >45_min_&_stopped, >90_min; none
-- :column n_sessions integer -- sessions
-- :column of_task_percent double precision -- of all sessions of the task [%]
-- :column n_subjects integer -- mice with such a session
-- :column median_end_trial double precision -- median over these sessions of the trial at which it held; empty for none
-- :column median_trials_after double precision -- median over these sessions of the trials after that one; empty for none
\if :{?criterion} \else \set criterion 'none' \endif
\if :{?rig_only} \else \set rig_only 'false' \endif
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
ended as (
    select
        session.subject_id,
        coalesce(session.task, 'unknown') as task,
        case when :'rig_only'::boolean then session_end.rig_criterion else session_end.end_criterion end as end_criterion,
        case when :'rig_only'::boolean then session_end.rig_trial else session_end.end_trial end as end_trial,
        (
            select max(choice_trial.trial)
            from task.choice_trial
            where choice_trial.session_id = session.session_id
        ) as last_trial
    from subject
    join core.session_context as session using (subject_id)
    join task.session_end on session_end.session_id = session.session_id
    where session.session_date <= :'cut_off'::date
        and (not session.is_excluded or :'include_excluded'::boolean)
        and (session.source is distinct from 'simulated' or :'include_simulated'::boolean)
)
select
    task,
    coalesce(end_criterion, 'none') as end_criterion,
    count(*)::integer as n_sessions,
    (100.0 * count(*) / sum(count(*)) over (partition by task))::double precision as of_task_percent,
    count(distinct subject_id)::integer as n_subjects,
    percentile_cont(0.5) within group (order by end_trial::double precision) as median_end_trial,
    percentile_cont(0.5) within group (order by (last_trial - end_trial)::double precision) as median_trials_after
from ended
group by task, end_criterion
order by task, n_sessions desc, end_criterion;
