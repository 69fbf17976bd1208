-- What are the psychometric functions in the blocks of the full task around the day on which mice were ready to be recorded from: of an example mouse and of all (figure 4b, c)?
-- :param example text default 'KS014' of core.subject.nickname -- name of the example mouse
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
-- :column who text -- the example mouse's name (mean over its sessions), or all mice (mean over mice)
-- :column is_example boolean -- whether it is the example mouse
-- :column part text -- point or curve
-- :column block integer -- probability of the left side [%]
-- :column block_name text -- the block in words: left:right
-- :column signed_contrast_percent double precision -- contrast right minus left, -100 to 100 [%]
-- :column n_units integer -- sessions of the example mouse's point, or mice; for a curve the most of its points
-- :column n_subjects integer -- mice: 1 for the example
-- :column n_trials double precision -- trials of a point, mean over sessions or mice: the weight of the fit; empty for curves
-- :column p_rightward double precision -- mean over them of the share reported right, over responses, or the curve's value, 0 to 1
-- :column sem_rightward double precision -- standard error of that mean: 68 % lie within it; empty for one session or mouse and for curves
-- :column fit_quality text -- whether the curve's parameters mean something: good, at_bound, too_few_levels, flat
\if :{?example} \else \set example 'KS014' \endif
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
with counted as (
    select *
    from analysis.paper_points_around(:'project', :'cut_off'::date, :'criterion', :'before'::integer, :'after'::integer, :'task',
        :'excluded_session'::uuid, :'criteria_set', :'include_excluded'::boolean, :'include_simulated'::boolean)
    where block in (20, 50, 80)
),
unit as (
    select
        subject_nickname as who,
        true as is_example,
        block,
        signed_contrast_percent,
        n_trials::double precision as n_trials,
        n_rightward::double precision / nullif(n_responses, 0) as p_rightward
    from counted
    where subject_nickname = :'example'
    union all
    select
        'all mice',
        false,
        block,
        signed_contrast_percent,
        sum(n_trials),
        sum(n_rightward)::double precision / nullif(sum(n_responses), 0)
    from counted
    group by subject_id, block, signed_contrast_percent
),
point as (
    select
        who,
        is_example,
        block,
        signed_contrast_percent,
        count(*)::integer as n_units,
        avg(n_trials) as n_trials,
        avg(p_rightward) as p_rightward,
        stddev_samp(p_rightward) / sqrt(count(*)) as sem_rightward
    from unit
    where p_rightward is not null
    group by who, is_example, block, signed_contrast_percent
),
fit as (
    select levels.who, levels.is_example, levels.block, levels.n_units, best.*
    from (
        select
            who,
            is_example,
            block,
            max(n_units) as n_units,
            array_agg(signed_contrast_percent) as contrasts_percent,
            array_agg(n_trials) as counts,
            array_agg(p_rightward) as shares
        from point
        group by who, is_example, block
    ) as levels
    cross join lateral analysis.psychometric_optimum(levels.contrasts_percent, levels.counts, levels.shares, 'paper') as best
),
part as (
    select point.*, 'point' as part, fit.fit_quality
    from point
    join fit using (who, is_example, block)
    union all
    select
        who,
        is_example,
        block,
        percent.percent,
        n_units,
        null,
        analysis.psychometric_value(percent.percent, bias_percent, threshold_percent, lapse_low, lapse_high),
        null,
        'curve',
        fit_quality
    from fit
    cross join generate_series(-100, 100) as percent (percent)
    where bias_percent is not null
)
select
    who,
    is_example,
    part,
    block,
    block || ':' || 100 - block as block_name,
    signed_contrast_percent,
    n_units,
    case when is_example then 1 else n_units end as n_subjects,
    n_trials,
    p_rightward,
    sem_rightward,
    fit_quality
from part
order by is_example desc, part desc, block, signed_contrast_percent;
