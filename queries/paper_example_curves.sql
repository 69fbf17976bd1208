-- How does a subject's psychometric function change over its first weeks: points and fitted curves of four training days (figure 1e)?
-- :param subject text default 'KS014' of core.subject.nickname -- name of the subject, exactly; the paper's example unless another is named
-- :param day_1 integer default '2' -- first training day; the subject's first is 1
-- :param day_2 integer default '7' -- second one
-- :param day_3 integer default '10' -- third one
-- :param day_4 integer default '14' -- fourth one
-- :param lab text default '%' of core.lab.lab_name -- pattern of the lab's name, for names that several labs use
-- :param include_excluded boolean default 'false' -- also what was taken out of analyses (trialbase exclude)
-- :param include_simulated boolean default 'false' -- also simulated sessions and subjects
-- :column lab_name text -- lab that keeps the subject
-- :column subject_nickname text -- name of the subject within its lab
-- :column session_date date -- the date; all its sessions count together
-- :column training_day integer -- training day; the first is 1
-- :column source text -- sources of the date's sessions
-- :column part text -- point or curve
-- :column signed_contrast_percent double precision -- contrast right minus left, -100 to 100 [%]
-- :column n_trials integer -- trials of a point, those without response included; empty for curves
-- :column p_rightward double precision -- share reported right of the responses at a point, or the curve's value, 0 to 1
-- :column low_rightward double precision -- lower end of the point's 68 % interval (Wilson's, over responses), 0 to 1; empty for curves
-- :column high_rightward double precision -- its upper end
-- :column bias_percent double precision -- bias of the fit [% contrast]; empty, as all of the fit, below 4 contrasts
-- :column threshold_percent double precision -- its threshold [% contrast]
-- :column lapse_low double precision -- its lapse rate at the left end, 0 to 1
-- :column lapse_high double precision -- its lapse rate at the right end, 0 to 1
-- :column fit_quality text -- whether the four mean something: good, at_bound, too_few_levels, flat
\if :{?subject} \else \set subject 'KS014' \endif
\if :{?day_1} \else \set day_1 '2' \endif
\if :{?day_2} \else \set day_2 '7' \endif
\if :{?day_3} \else \set day_3 '10' \endif
\if :{?day_4} \else \set day_4 '14' \endif
\if :{?lab} \else \set lab '%' \endif
\if :{?include_excluded} \else \set include_excluded 'false' \endif
\if :{?include_simulated} \else \set include_simulated 'false' \endif
with day as (
    select
        summary.subject_uuid as subject_id,
        known.lab_name,
        known.nickname as subject_nickname,
        summary.session_date,
        summary.training_day,
        summary.source
    from analysis.ibl_behavioral_summary_by_date as summary
    join core.subject as known on known.subject_id = summary.subject_uuid
    where known.nickname = :'subject'
        and known.lab_name like :'lab'
        and summary.training_day in (:'day_1'::integer, :'day_2'::integer, :'day_3'::integer, :'day_4'::integer)
        and (not summary.is_excluded or :'include_excluded'::boolean)
        and (summary.source is distinct from 'simulated' or :'include_simulated'::boolean)
),
point as (
    select
        day.*,
        (100 * trial.signed_contrast)::double precision as signed_contrast_percent,
        count(*)::integer as n_trials,
        count(*) filter (where trial.choice <> 0) as n_responses,
        (count(*) filter (where trial.choice = -1))::double precision
            / nullif(count(*) filter (where trial.choice <> 0), 0) as p_rightward
    from day
    join core.session_context as session
        on session.subject_id = day.subject_id
        and session.session_date = day.session_date
    join task.choice_trial as trial on trial.session_id = session.session_id
    where trial.signed_contrast is not null
        and (not session.is_excluded or :'include_excluded'::boolean)
        and (session.source is distinct from 'simulated' or :'include_simulated'::boolean)
    group by day.subject_id, day.lab_name, day.subject_nickname, day.session_date, day.training_day, day.source,
        trial.signed_contrast
),
fit as (
    select levels.subject_id, levels.session_date, best.*
    from (
        select
            subject_id,
            session_date,
            array_agg(signed_contrast_percent order by signed_contrast_percent) as contrasts_percent,
            array_agg(n_trials::double precision order by signed_contrast_percent) as counts,
            array_agg(p_rightward order by signed_contrast_percent) as shares
        from point
        group by subject_id, session_date
    ) as levels
    cross join lateral analysis.psychometric_optimum(levels.contrasts_percent, levels.counts, levels.shares, 'paper') as best
),
part as (
    select
        'point' as part,
        subject_id,
        session_date,
        signed_contrast_percent,
        n_trials,
        p_rightward,
        -- 0.99446 standard errors to either side hold 68 %.
        greatest(0, (p_rightward + z2 / (2 * n_responses) - half) / (1 + z2 / n_responses)) as low_rightward,
        least(1, (p_rightward + z2 / (2 * n_responses) + half) / (1 + z2 / n_responses)) as high_rightward
    from (
        select
            *,
            0.99446 ^ 2 as z2,
            0.99446 * sqrt(p_rightward * (1 - p_rightward) / n_responses + 0.99446 ^ 2 / (4 * n_responses ^ 2)) as half
        from point
        where n_responses > 0
    ) as with_width
    union all
    select
        'curve',
        fit.subject_id,
        fit.session_date,
        percent.percent,
        null,
        analysis.psychometric_value(percent.percent, fit.bias_percent, fit.threshold_percent, fit.lapse_low, fit.lapse_high),
        null,
        null
    from fit
    cross join generate_series(-100, 100) as percent (percent)
    where fit.bias_percent is not null
)
select
    day.lab_name,
    day.subject_nickname,
    day.session_date,
    day.training_day,
    day.source,
    part.part,
    part.signed_contrast_percent,
    part.n_trials,
    part.p_rightward,
    part.low_rightward::double precision as low_rightward,
    part.high_rightward::double precision as high_rightward,
    fit.bias_percent,
    fit.threshold_percent,
    fit.lapse_low,
    fit.lapse_high,
    fit.fit_quality
from part
join day using (subject_id, session_date)
join fit using (subject_id, session_date)
order by day.lab_name, day.training_day, part.part desc, part.signed_contrast_percent;
