-- What share of the paper's mice was trained after so many sessions, days or trials (figure 2d)? Those still in training are left out.
-- :param unit text default 'sessions' of 'sessions', 'days', 'trials' -- what is counted, of sessions with status in training or untrainable
-- :param project text default 'ibl_neuropixel_brainwide_01' of core.project.project_name -- pattern of the project of the subjects; with % those without any count too
-- :param cut_off date default '2020-03-23' -- last date of a first session; who was alive and in training after it is left out
-- :param criteria_set text default 'warehouse' of task.criteria_set.criteria_set -- rules of the training status
-- :param include_excluded boolean default 'false' -- also what was taken out of analyses (trialbase exclude)
-- :param include_simulated boolean default 'false' -- also simulated sessions and subjects
-- :column unit text -- what is counted: sessions, days or trials
-- :column institution_short text -- short name of the institution, or the lab's name where it has none; empty over all
-- :column n_subjects integer -- subjects of the curve
-- :column n_trained integer -- of these, those that were trained in the end
-- :column training_time double precision -- sessions, days or trials in training; 0 begins each curve, the last step lasts until the last subject was seen
-- :column n_at_risk integer -- subjects in training until then at least
-- :column n_events integer -- subjects that were trained then
-- :column trained_percent double precision -- estimate after Kaplan and Meier of the share trained until then [%]
-- :column standard_error_percent double precision -- its standard error after Greenwood [%]
\if :{?unit} \else \set unit 'sessions' \endif
\if :{?project} \else \set project 'ibl_neuropixel_brainwide_01' \endif
\if :{?cut_off} \else \set cut_off '2020-03-23' \endif
\if :{?criteria_set} \else \set criteria_set 'warehouse' \endif
\if :{?include_excluded} \else \set include_excluded 'false' \endif
\if :{?include_simulated} \else \set include_simulated 'false' \endif
with chosen as (
    select distinct subject_id
    from analysis.paper_subjects(:'project', :'cut_off'::date, 'none', :'criteria_set', :'include_excluded'::boolean,
        :'include_simulated'::boolean)
),
subject as (
    select
        coalesce(training.institution_short, training.lab_name) as institution_short,
        training.is_trained,
        case :'unit'
            when 'sessions' then training.n_sessions
            when 'days' then training.n_days
            when 'trials' then training.n_trials
        end::double precision as training_time
    from chosen
    join analysis.time_to_trained as training using (subject_id)
    where training.criteria_set = :'criteria_set'
        and training.latest_status <> 'habituation'
        and not (
            training.latest_status = 'in training'
            and training.last_date > :'cut_off'::date
            and (training.death_date is null or training.death_date > :'cut_off'::date)
        )
),
curve as (
    select
        institution_short,
        count(*)::integer as n_subjects,
        (count(*) filter (where is_trained))::integer as n_trained,
        max(training_time) as last_time,
        array_agg(training_time) as training_times,
        array_agg(is_trained) as is_trained
    from subject
    where training_time is not null
    group by grouping sets ((), (institution_short))
    having count(*) > 0
),
step as (
    select
        curve.institution_short,
        curve.n_subjects,
        curve.n_trained,
        curve.last_time,
        step.*
    from curve
    cross join lateral (
        select 0::double precision as event_time, curve.n_subjects as n_at_risk, 0 as n_events, 1::double precision as survival,
            0::double precision as standard_error
        union all
        select estimate.* from analysis.kaplan_meier(curve.training_times, curve.is_trained) as estimate
        where estimate.event_time > 0
    ) as step
)
select
    :'unit'::text as unit,
    institution_short,
    n_subjects,
    n_trained,
    event_time as training_time,
    n_at_risk,
    n_events,
    100 * (1 - survival) as trained_percent,
    100 * standard_error as standard_error_percent
from step
order by institution_short nulls first, training_time;
