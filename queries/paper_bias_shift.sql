-- By how much do the blocks shift the choices of the paper's mice, contrast by contrast: each mouse's fits read out at the contrasts that it saw, and means by institution (figure 4d, e)?
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
-- :column part text -- mouse or institution; all: the mean over all mice
-- :column institution text -- short name of the lab's institution, or the lab's own name where none is recorded; empty for all
-- :column lab_name text -- lab that keeps the subject; empty for means
-- :column subject_nickname text -- name of the subject within its lab; empty for means
-- :column signed_contrast_percent double precision -- contrast right minus left, -100 to 100 [%]
-- :column n_subjects integer -- mice with a function in either kind of block
-- :column rightward_20_percent double precision -- chance of a report to the right in blocks with the left side at 20 % by the fit, mean over mice [%]
-- :column rightward_80_percent double precision -- the same in blocks with the left side at 80 % [%]
-- :column bias_shift_percent double precision -- the first minus the second, mean over mice [percentage points, %]
-- :column sem_bias_shift_percent double precision -- standard error of that mean over mice [percentage points, %]; empty for one mouse
-- :column bias_shift_quality text -- what a mouse's two fits are worth: good where both are, else the worse of them; empty for means
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
with fit as materialized (
    select *
    from analysis.paper_block_fits_around(:'project', :'cut_off'::date, :'criterion', :'before'::integer, :'after'::integer, :'task',
        :'excluded_session'::uuid, :'criteria_set', :'include_excluded'::boolean, :'include_simulated'::boolean)
),
read_out as (
    select
        fit_20.subject_id,
        fit_20.lab_name,
        fit_20.institution,
        fit_20.subject_nickname,
        level.signed_contrast_percent,
        100 * analysis.psychometric_value(
            level.signed_contrast_percent, fit_20.bias_percent, fit_20.threshold_percent, fit_20.lapse_low, fit_20.lapse_high
        ) as rightward_20_percent,
        100 * analysis.psychometric_value(
            level.signed_contrast_percent, fit_80.bias_percent, fit_80.threshold_percent, fit_80.lapse_low, fit_80.lapse_high
        ) as rightward_80_percent,
        case
            when fit_20.fit_quality = 'good' then fit_80.fit_quality
            when fit_80.fit_quality = 'good' then fit_20.fit_quality
            when 'too_few_levels' in (fit_20.fit_quality, fit_80.fit_quality) then 'too_few_levels'
            when 'at_bound' in (fit_20.fit_quality, fit_80.fit_quality) then 'at_bound'
            else 'flat'
        end as bias_shift_quality
    from fit as fit_20
    join fit as fit_80 on fit_80.subject_id = fit_20.subject_id and fit_80.block = 80
    join (
        select distinct fit.subject_id, seen.signed_contrast_percent
        from fit
        cross join unnest(fit.contrasts_percent) as seen (signed_contrast_percent)
    ) as level on level.subject_id = fit_20.subject_id
    where fit_20.block = 20
),
part as (
    select
        case when grouping(institution) = 1 then 'all' when grouping(subject_id) = 1 then 'institution' else 'mouse' end as part,
        institution,
        lab_name,
        subject_nickname,
        signed_contrast_percent,
        count(rightward_20_percent - rightward_80_percent)::integer as n_subjects,
        avg(rightward_20_percent) as rightward_20_percent,
        avg(rightward_80_percent) as rightward_80_percent,
        avg(rightward_20_percent - rightward_80_percent) as bias_shift_percent,
        stddev_samp(rightward_20_percent - rightward_80_percent)
            / sqrt(nullif(count(rightward_20_percent - rightward_80_percent), 0)) as sem_bias_shift_percent,
        bias_shift_quality
    from read_out
    group by grouping sets (
        (subject_id, institution, lab_name, subject_nickname, signed_contrast_percent, bias_shift_quality),
        (institution, signed_contrast_percent),
        (signed_contrast_percent)
    )
)
select * from part
order by part, institution, lab_name, subject_nickname, signed_contrast_percent;
