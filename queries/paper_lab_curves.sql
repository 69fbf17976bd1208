-- What are the psychometric functions of the paper's mice in the sessions around the day on which they were trained: each mouse's curve, points and curve of each institution's mean (figure 3a, b)?
-- :param criterion text default 'trained' of 'trained', 'biased', 'ephys' -- what was reached: trained, biased (a biased session while trained 1b), ephys (ready for it)
-- :param before integer default '2' -- training days before the day of the criterion
-- :param after integer default '0' -- training days after it
-- :param task text default 'training' of 'training', 'biased', 'ephys' -- task of the sessions
-- :param project text default 'ibl_neuropixel_brainwide_01' of core.project.project_name -- pattern of the project of the subjects; with % those without any count too
-- :param cut_off date default '2020-03-23' -- last date that counts
-- :param excluded_session uuid default 'a9fb578a-9d7d-42b4-8dbc-3b419ce9f424' -- session that the paper leaves out
-- :param criteria_set text default 'warehouse' of task.criteria_set.criteria_set -- rules of the training status
-- :param include_excluded boolean default 'false' -- also what was taken out of analyses (trialbase exclude)
-- :param include_simulated boolean default 'false' -- also simulated sessions and subjects
-- :param without_50 boolean default 'true' -- leave contrast 50 % out of points and fits where contrast 0 was shown too, as the paper draws them
-- :column part text -- mouse curve; institution point and institution curve: of the mean over mice
-- :column institution text -- short name of the lab's institution, or the lab's own name where none is recorded; empty for the mean over all
-- :column lab_name text -- lab that keeps the subject; empty for means
-- :column subject_nickname text -- name of the subject within its lab; empty for means
-- :column signed_contrast_percent double precision -- contrast right minus left, -100 to 100 [%]
-- :column n_subjects integer -- mice of a point; mice with points for the institution's curve, 1 for a mouse's
-- :column n_trials double precision -- trials of a point, mean over mice: the weight of the fit; empty for curves
-- :column p_rightward double precision -- mean over mice of the share reported right, over responses, or the curve's value, 0 to 1
-- :column sem_rightward double precision -- standard error of that mean over mice: 68 % lie within it; empty for one mouse and for curves
-- :column fit_quality text -- whether the curve's parameters mean something: good, at_bound, too_few_levels, flat
\if :{?criterion} \else \set criterion 'trained' \endif
\if :{?before} \else \set before '2' \endif
\if :{?after} \else \set after '0' \endif
\if :{?task} \else \set task 'training' \endif
\if :{?project} \else \set project 'ibl_neuropixel_brainwide_01' \endif
\if :{?cut_off} \else \set cut_off '2020-03-23' \endif
\if :{?excluded_session} \else \set excluded_session 'a9fb578a-9d7d-42b4-8dbc-3b419ce9f424' \endif
\if :{?criteria_set} \else \set criteria_set 'warehouse' \endif
\if :{?include_excluded} \else \set include_excluded 'false' \endif
\if :{?include_simulated} \else \set include_simulated 'false' \endif
\if :{?without_50} \else \set without_50 'true' \endif
with counted as materialized (
    select *
    from analysis.paper_mouse_points_around(:'project', :'cut_off'::date, :'criterion', :'before'::integer, :'after'::integer, :'task',
        :'excluded_session'::uuid, :'criteria_set', :'include_excluded'::boolean, :'include_simulated'::boolean, false)
),
point as (
    select counted.*
    from counted
    where not :'without_50'::boolean
        or abs(signed_contrast_percent) <> 50
        or not exists (
            select
            from counted as zero
            where zero.subject_id = counted.subject_id
                and zero.signed_contrast_percent = 0
        )
),
mouse_fit as (
    select levels.lab_name, levels.institution, levels.subject_nickname, best.*
    from (
        select
            lab_name,
            institution,
            subject_nickname,
            array_agg(signed_contrast_percent) as contrasts_percent,
            array_agg(n_trials) as counts,
            array_agg(p_rightward) as shares
        from point
        group by subject_id, lab_name, institution, subject_nickname
    ) as levels
    cross join lateral analysis.psychometric_optimum(levels.contrasts_percent, levels.counts, levels.shares, 'paper') as best
),
mean_point as (
    select
        institution,
        signed_contrast_percent,
        count(p_rightward)::integer as n_subjects,
        avg(n_trials) as n_trials,
        avg(p_rightward) as p_rightward,
        stddev_samp(p_rightward) / sqrt(count(p_rightward)) as sem_rightward
    from point
    where p_rightward is not null
    group by grouping sets ((institution, signed_contrast_percent), (signed_contrast_percent))
),
mean_fit as (
    select levels.institution, levels.n_subjects, best.*
    from (
        select
            institution,
            max(n_subjects) as n_subjects,
            array_agg(signed_contrast_percent) as contrasts_percent,
            array_agg(n_trials) as counts,
            array_agg(p_rightward) as shares
        from mean_point
        group by institution
    ) as levels
    cross join lateral analysis.psychometric_optimum(levels.contrasts_percent, levels.counts, levels.shares, 'paper') as best
),
curve as (
    select 'mouse curve' as part, institution, lab_name, subject_nickname, 1 as n_subjects, fit_quality,
        bias_percent, threshold_percent, lapse_low, lapse_high
    from mouse_fit
    union all
    select 'institution curve', institution, null, null, n_subjects, fit_quality,
        bias_percent, threshold_percent, lapse_low, lapse_high
    from mean_fit
)
select
    part,
    institution,
    lab_name,
    subject_nickname,
    percent.percent::double precision as signed_contrast_percent,
    n_subjects,
    null::double precision as n_trials,
    analysis.psychometric_value(percent.percent, bias_percent, threshold_percent, lapse_low, lapse_high) as p_rightward,
    null::double precision as sem_rightward,
    fit_quality
from curve
cross join generate_series(-100, 100) as percent (percent)
where bias_percent is not null
union all
select
    'institution point',
    point.institution,
    null,
    null,
    point.signed_contrast_percent,
    point.n_subjects,
    point.n_trials,
    point.p_rightward,
    point.sem_rightward,
    fit.fit_quality
from mean_point as point
left join mean_fit as fit on fit.institution is not distinct from point.institution
order by part, institution, lab_name, subject_nickname, signed_contrast_percent;
