-- How did performance, reaction time and the psychometric function of the paper's mice go on around the day on which they were trained: means over mice by day?
-- :param criterion text default 'trained' of 'trained', 'biased', 'ephys' -- what was reached: trained, biased (a biased session while trained 1b), ephys (ready for it)
-- :param before integer default '10' -- training days before the day of the criterion
-- :param after integer default '20' -- training days after it
-- :param project text default 'ibl_neuropixel_brainwide_01' of core.project.project_name -- pattern of the project of the subjects; with % those without any count too
-- :param cut_off date default '2020-03-23' -- last date that counts
-- :param criteria_set text default 'warehouse' of task.criteria_set.criteria_set -- rules of the training status
-- :param include_excluded boolean default 'false' -- also what was taken out of analyses (trialbase exclude)
-- :param include_simulated boolean default 'false' -- also simulated sessions and subjects
-- :column metric text -- what the mean is of, with its unit: performance, easy trials [%]; reaction time [s] (median of the day); threshold [% contrast]; bias [% contrast], without sign; lapse low [%] and lapse high [%]
-- :column metric_no integer -- place of the metric in that order, from 1
-- :column day_from_criterion integer -- training days from the day of the criterion; 0 is that day
-- :column n_subjects integer -- mice with a value on that day; parameters of fits count where the fit of the day's 50:50 trials is good
-- :column mean double precision -- mean over these mice, in the unit of the metric
-- :column sem double precision -- its standard error over mice; empty for one mouse
\if :{?criterion} \else \set criterion 'trained' \endif
\if :{?before} \else \set before '10' \endif
\if :{?after} \else \set after '20' \endif
\if :{?project} \else \set project 'ibl_neuropixel_brainwide_01' \endif
\if :{?cut_off} \else \set cut_off '2020-03-23' \endif
\if :{?criteria_set} \else \set criteria_set 'warehouse' \endif
\if :{?include_excluded} \else \set include_excluded 'false' \endif
\if :{?include_simulated} \else \set include_simulated 'false' \endif
with day as (
    select
        around.subject_id,
        around.training_day - around.day_of_criterion as day_from_criterion,
        summary.performance_easy,
        summary.median_reaction_time_s,
        fit.threshold_percent,
        fit.bias_percent,
        fit.lapse_low,
        fit.lapse_high
    from analysis.paper_days_around(:'project', :'cut_off'::date, :'criterion', :'before'::integer, :'after'::integer,
        :'criteria_set', :'include_excluded'::boolean, :'include_simulated'::boolean) as around
    join task.daily_summary as summary on summary.subject_id = around.subject_id and summary.date = around.session_date
    left join task.daily_psychometric as fit
        on fit.subject_id = around.subject_id
        and fit.date = around.session_date
        and fit.block = 50
        and fit.fit_quality = 'good'
)
select
    metric.metric,
    metric.metric_no,
    day.day_from_criterion,
    count(*)::integer as n_subjects,
    avg(metric.value) as mean,
    stddev_samp(metric.value) / sqrt(count(*)) as sem
from day
cross join lateral (
    values
        (1, 'performance, easy trials [%]', (100 * day.performance_easy)::double precision),
        (2, 'reaction time [s]', day.median_reaction_time_s::double precision),
        (3, 'threshold [% contrast]', day.threshold_percent::double precision),
        (4, 'absolute bias [% contrast]', abs(day.bias_percent)::double precision),
        (5, 'lapse low [%]', (100 * day.lapse_low)::double precision),
        (6, 'lapse high [%]', (100 * day.lapse_high)::double precision)
) as metric (metric_no, metric, value)
where metric.value is not null
group by metric.metric, metric.metric_no, day.day_from_criterion
order by metric.metric_no, day.day_from_criterion;
