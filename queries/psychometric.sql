-- What are the points of a session's psychometric function, and the curves fitted to them, block by block?
-- :param session uuid -- key of the session
-- :param params text default 'status' of task.psychometric_params.params_id -- parameter set of the fit
-- :column lab_name text -- lab where the session was run
-- :column subject_nickname text -- name of the subject within its lab
-- :column session_date date -- calendar date at the rig
-- :column session_number integer -- number of the session within its subject and date
-- :column source text -- source of the session
-- :column part text -- point or curve
-- :column block integer -- probability of the left side [%], see task.psychometric_block
-- :column block_name text -- the block in words
-- :column signed_contrast_percent double precision -- contrast right minus left, -100 to 100 [%]
-- :column n_trials integer -- trials of a point; empty for curves
-- :column p_rightward double precision -- share reported right, or the curve's value, 0 to 1
-- :column sem_rightward double precision -- standard error of a point's share over its trials, sqrt(p (1 - p) / n); empty for curves
-- :column fit_quality text -- whether the block's curve means something: good, at_bound, too_few_levels, flat; empty without a fit
\if :{?params} \else \set params 'status' \endif
with part as (
    select
        'point' as part,
        point.block,
        (100 * point.signed_contrast)::double precision as signed_contrast_percent,
        point.n_trials,
        point.p_rightward::double precision as p_rightward
    from task.psychometric_point as point
    where point.session_id = :'session'::uuid
        and point.params_id = :'params'
    union all
    select
        'curve',
        fit.block,
        percent.percent,
        null,
        analysis.psychometric_value(
            percent.percent, fit.bias_percent, fit.threshold_percent, fit.lapse_low, fit.lapse_high
        )
    from task.psychometric_block as fit
    cross join generate_series(-100, 100) as percent (percent)
    where fit.session_id = :'session'::uuid
        and fit.params_id = :'params'
        and fit.bias_percent is not null
)
select
    session.lab_name,
    session.subject_nickname,
    session.session_date,
    session.session_number::integer as session_number,
    session.source,
    part.part,
    part.block::integer as block,
    case part.block
        when 50 then 'equal sides'
        else part.block || ' % left'
    end as block_name,
    part.signed_contrast_percent,
    part.n_trials,
    part.p_rightward,
    sqrt(part.p_rightward * (1 - part.p_rightward) / part.n_trials) as sem_rightward,
    fit.fit_quality
from part
join core.session_context as session on session.session_id = :'session'::uuid
left join task.psychometric_block as fit
    on fit.session_id = session.session_id
    and fit.params_id = :'params'
    and fit.block = part.block
order by part.part desc, part.block, part.signed_contrast_percent;
