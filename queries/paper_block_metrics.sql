-- How do threshold, lapse rates and bias of the paper's mice differ between blocks: mean over the mice of each institution with standard errors (figure 4f to h)?
-- :param criterion text default 'ephys' of 'trained', 'biased', 'ephys' -- what was reached: trained, biased (a biased session while trained 1b), ephys (ready for it)
-- :param before integer default '2' -- training days before the day of the criterion
-- :param after integer default '0' -- training days after it
-- :param task text default 'biased' of 'training', 'biased', 'ephys' -- task of the sessions
-- :param project text default 'ibl_neuropixel_brainwide_01' of core.project.project_name -- pattern of the project of the subjects; with % those without any count too
-- :param cut_off date default '2020-03-23' -- last date that counts
-- :param excluded_session uuid default 'a9fb578a-9d7d-42b4-8dbc-3b419ce9f424' -- session that the paper leaves out
-- :param criteria_set text default 'warehouse' of task.criteria_set.criteria_set -- rules of the training status
-- :param include_excluded boolean default 'false' -- also what was taken out of analyses (trialbase exclude)
-- :param include_simulated boolean default 'false' -- also simulated sessions and subjects
-- :column metric text -- threshold, lapse low (right reports at the left end), lapse high (left reports at the right end), bias
-- :column metric_no integer -- place of the metric in that order, from 1
-- :column institution text -- short name of the lab's institution, or the lab's own name where none is recorded; all: all mice
-- :column is_all boolean -- whether the row is the mean over all mice
-- :column block integer -- probability of the left side [%]: 20 or 80
-- :column block_name text -- the same as left:right
-- :column n_subjects integer -- mice whose fits in both blocks are good
-- :column n_not_good integer -- mice left out because a fit of either block is at a bound, flat or of too few contrasts
-- :column mean_percent double precision -- mean over mice of the metric: threshold and bias in % contrast, lapse rates in % of trials
-- :column sem_percent double precision -- its standard error over mice, in the same unit [%]; empty for one mouse
\if :{?criterion} \else \set criterion 'ephys' \endif
\if :{?before} \else \set before '2' \endif
\if :{?after} \else \set after '0' \endif
\if :{?task} \else \set task 'biased' \endif
\if :{?project} \else \set project 'ibl_neuropixel_brainwide_01' \endif
\if :{?cut_off} \else \set cut_off '2020-03-23' \endif
\if :{?excluded_session} \else \set excluded_session 'a9fb578a-9d7d-42b4-8dbc-3b419ce9f424' \endif
\if :{?criteria_set} \else \set criteria_set 'warehouse' \endif
\if :{?include_excluded} \else \set include_excluded 'false' \endif
\if :{?include_simulated} \else \set include_simulated 'false' \endif
with fit as (
    select *
    from analysis.paper_block_fits_around(:'project', :'cut_off'::date, :'criterion', :'before'::integer, :'after'::integer, :'task',
        :'excluded_session'::uuid, :'criteria_set', :'include_excluded'::boolean, :'include_simulated'::boolean)
),
mouse as (
    select
        fit.*,
        (count(*) filter (where fit_quality = 'good') over (partition by subject_id)) = 2 as is_good
    from fit
),
value as (
    select
        mouse.institution,
        mouse.block,
        mouse.is_good,
        metric.metric_no,
        metric.metric,
        metric.value_percent
    from mouse
    cross join lateral (
        values
            (1, 'threshold', threshold_percent),
            (2, 'lapse low', 100 * lapse_low),
            (3, 'lapse high', 100 * lapse_high),
            (4, 'bias', bias_percent)
    ) as metric (metric_no, metric, value_percent)
)
select
    metric,
    metric_no,
    coalesce(institution, 'all') as institution,
    grouping(institution) = 1 as is_all,
    block,
    block || ':' || 100 - block as block_name,
    (count(*) filter (where is_good))::integer as n_subjects,
    (count(*) filter (where not is_good))::integer as n_not_good,
    avg(value_percent) filter (where is_good) as mean_percent,
    (stddev_samp(value_percent) filter (where is_good)) / sqrt(nullif(count(*) filter (where is_good), 0)) as sem_percent
from value
group by grouping sets ((metric, metric_no, institution, block), (metric, metric_no, block))
order by metric_no, is_all, institution, block;
