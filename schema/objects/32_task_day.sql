-- Both tasks on one scale: performance of a subject day by day.
create or replace view analysis.task_day as
with change_session as (
    select
        session.subject_id,
        session.session_date,
        session.source,
        session.is_excluded,
        bool_and(session.is_excluded) over (partition by session.subject_id, session.session_date) as is_day_excluded,
        performance.trial_count,
        performance.go_trial_count as n_go,
        performance.hit_trial_count as n_hit,
        performance.catch_trial_count as n_catch,
        performance.correct_reject_trial_count as n_correct_reject
    from task.change_performance as performance
    join core.session_context as session using (session_id)
    where performance.params_id = 'default'
        and not performance.is_passive
),
change_day as (
    select
        subject_id,
        session_date,
        count(*)::integer as n_sessions,
        sum(trial_count)::integer as n_trials,
        sum(n_go)::integer as n_go,
        sum(n_catch)::integer as n_catch,
        sum(n_hit)::double precision / nullif(sum(n_go), 0) as hit_rate,
        sum(n_correct_reject)::double precision / nullif(sum(n_catch), 0) as correct_reject_rate,
        string_agg(distinct source, ', ' order by source) as source,
        bool_and(is_day_excluded) as is_excluded
    from change_session
    where is_day_excluded or not is_excluded
    group by subject_id, session_date
),
day as (
    select
        subject_id,
        session_date,
        'change detection' as task,
        n_sessions,
        n_trials,
        n_go + n_catch as n_judged,
        (hit_rate + correct_reject_rate) / 2 as comparable_performance,
        sqrt(
            hit_rate * (1 - hit_rate) / nullif(n_go, 0) + correct_reject_rate * (1 - correct_reject_rate) / nullif(n_catch, 0)
        ) / 2 as sem_comparable_performance,
        source,
        is_excluded
    from change_day
    union all
    select
        subject_id,
        session_date,
        'choice',
        n_sessions,
        n_trials,
        n_easy,
        performance_easy,
        sqrt(performance_easy * (1 - performance_easy) / nullif(n_easy, 0)),
        source,
        is_excluded
    from analysis.learning_curve
)
select
    day.subject_id,
    subject.lab_name,
    subject.nickname as subject_nickname,
    day.session_date,
    day.task,
    training_day.training_day,
    day.n_sessions,
    day.n_trials,
    day.n_judged,
    day.comparable_performance,
    day.sem_comparable_performance,
    day.source,
    day.is_excluded
from day
join analysis.training_day using (subject_id, session_date)
join core.subject on subject.subject_id = day.subject_id;
comment on view analysis.task_day is
    'How well a subject did on a day, whatever its task, on one scale. One row per subject, date and task with computed performance; '
    'sessions of a date are pooled, those that were taken out of analyses only where the date has no others.';
comment on column analysis.task_day.subject_id is 'The subject.';
comment on column analysis.task_day.lab_name is 'Lab that keeps the subject.';
comment on column analysis.task_day.subject_nickname is 'Name of the subject within its lab.';
comment on column analysis.task_day.session_date is 'The date.';
comment on column analysis.task_day.task is 'choice (the IBL''s task) or change detection (the Allen Institute''s).';
comment on column analysis.task_day.training_day is
    'Training day of the subject, from 1: its ordinal day with a session of a task; see analysis.training_day.';
comment on column analysis.task_day.n_sessions is 'Sessions of the date that are pooled; passive ones are none.';
comment on column analysis.task_day.n_trials is 'Trials of these sessions.';
comment on column analysis.task_day.n_judged is
    'Trials that comparable_performance is of: choice trials with 50 % contrast or more; go and catch trials.';
comment on column analysis.task_day.comparable_performance is
    'Share correct on a scale that both tasks have, 0 to 1, 0.5 is chance. choice: performance_easy of analysis.learning_curve (trials with '
    '50 % contrast or more), not its performance (all trials). change detection: the mean of the hit rate and the correct-reject rate. '
    'Null when one of them is not known.';
comment on column analysis.task_day.sem_comparable_performance is 'Its binomial standard error; null where comparable_performance is.';
comment on column analysis.task_day.source is 'Sources of the sessions; simulated when they are made up.';
comment on column analysis.task_day.is_excluded is 'Whether all sessions of the date, or the subject, were taken out of analyses by hand.';
