-- How long training took, and the share of subjects that got there. Source: spec/ibl_behavior.md, 10 (figures 2d and 2g).

create or replace function analysis.kaplan_meier(p_time double precision[], p_is_reached boolean[])
returns table (
    event_time double precision,
    n_at_risk integer,
    n_events integer,
    survival double precision,
    standard_error double precision
)
language sql immutable parallel safe
set search_path = pg_catalog, pg_temp as $$
    with observation as (
        select last_seen, is_reached
        from unnest(p_time, p_is_reached) as one (last_seen, is_reached)
        where last_seen is not null and is_reached is not null
    ),
    at_time as (
        select last_seen, count(*) as n, count(*) filter (where is_reached) as n_events
        from observation
        group by last_seen
    ),
    at_risk as (
        select last_seen, n_events, sum(n) over (order by last_seen desc) as n_at_risk
        from at_time
    ),
    step as (
        select
            last_seen,
            n_at_risk,
            n_events,
            -- The logarithm of 0 is an error; that of the survival is then minus infinity.
            exp(sum(
                case
                    when n_events = n_at_risk then '-infinity'::double precision
                    else ln(1 - n_events / n_at_risk::double precision)
                end
            ) over (order by last_seen)) as survival,
            sum(n_events / nullif(n_at_risk * (n_at_risk - n_events), 0)::double precision) over (order by last_seen) as relative_variance
        from at_risk
        where n_events > 0
    )
    select
        last_seen,
        n_at_risk::integer,
        n_events::integer,
        survival,
        case when survival = 0 then 0 else survival * sqrt(relative_variance) end
    from step
    order by last_seen
$$;
comment on function analysis.kaplan_meier(double precision[], boolean[]) is
    'The estimate of Kaplan and Meier: share that has not reached an event after each time with one. p_time: when each reached it, or was '
    'last seen; p_is_reached: which of the two. Pairs with a null are left out; who is last seen at the time of an event is at risk in it. '
    'One row per time with an event; standard_error of the survival after Greenwood, 0 when the survival is 0.';

create or replace view analysis.time_to_trained as
with session as (
    select
        judged.subject_id,
        judged.criteria_set,
        session.session_date,
        judged.status in ('in training', 'untrainable') as is_in_training,
        judged.n_trials
    from task.training_status as judged
    join core.session using (session_id)
),
counted as (
    select
        subject_id,
        criteria_set,
        count(*) filter (where is_in_training)::integer as n_sessions,
        count(distinct session_date) filter (where is_in_training)::integer as n_days,
        coalesce(sum(n_trials) filter (where is_in_training), 0)::integer as n_trials,
        max(session_date) as last_date
    from session
    group by subject_id, criteria_set
)
select
    counted.subject_id,
    counted.criteria_set,
    subject.lab_name,
    subject.institution_short,
    subject.subject_nickname,
    counted.n_sessions,
    counted.n_days,
    counted.n_trials,
    history.latest_status,
    history.latest_status not in ('in training', 'untrainable', 'habituation') as is_trained,
    counted.last_date,
    subject.death_date,
    subject.source,
    subject.is_excluded
from counted
join task.training_history as history using (subject_id, criteria_set)
join core.subject_context as subject using (subject_id);
comment on view analysis.time_to_trained is
    'How long each subject was in training. One row per subject with trials and set of rules. Sessions that were taken out of analyses '
    'count: the animal was trained all the same.';
comment on column analysis.time_to_trained.subject_id is 'The subject.';
comment on column analysis.time_to_trained.criteria_set is 'Rules of the training status.';
comment on column analysis.time_to_trained.lab_name is 'Lab that keeps the subject.';
comment on column analysis.time_to_trained.institution_short is 'Short name of the lab''s institution.';
comment on column analysis.time_to_trained.subject_nickname is 'Name of the subject within its lab.';
comment on column analysis.time_to_trained.n_sessions is 'Sessions with status in training or untrainable.';
comment on column analysis.time_to_trained.n_days is 'Dates of these sessions.';
comment on column analysis.time_to_trained.n_trials is 'Stored trials of these sessions.';
comment on column analysis.time_to_trained.latest_status is 'Status after the last session.';
comment on column analysis.time_to_trained.is_trained is
    'Whether that status is above: the counts are then those until the subject was trained, else those until it was last seen.';
comment on column analysis.time_to_trained.last_date is 'Date of the last session with trials.';
comment on column analysis.time_to_trained.death_date is 'Day of death; null while the subject lives.';
comment on column analysis.time_to_trained.source is 'Sources of the subject''s sessions; simulated when it is made up.';
comment on column analysis.time_to_trained.is_excluded is 'Whether the subject was taken out of analyses by hand.';
