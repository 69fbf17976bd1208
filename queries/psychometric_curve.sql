-- What is the fitted psychometric curve of a session, block by block?
-- :param session uuid -- key of the session
-- :param params text default 'status' of task.psychometric_params.params_id -- parameter set of the fit
-- :param step integer default '1' -- distance of the points [% contrast]
-- :column block integer -- probability of the left side [%], see task.psychometric_block
-- :column contrast_percent integer -- signed contrast, -100 to 100 [%]
-- :column p_rightward double precision -- probability of reporting right, 0 to 1
-- :column fit_quality text -- whether the curve means something: good, at_bound, too_few_levels, flat
\if :{?params} \else \set params 'status' \endif
\if :{?step} \else \set step '1' \endif
select
    fit.block::integer as block,
    contrast.percent as contrast_percent,
    analysis.psychometric_value(
        contrast.percent, fit.bias_percent, fit.threshold_percent, fit.lapse_low, fit.lapse_high
    ) as p_rightward,
    fit.fit_quality
from task.psychometric_block as fit
cross join generate_series(-100, 100, :'step'::integer) as contrast (percent)
where fit.session_id = :'session'::uuid
    and fit.params_id = :'params'
    and fit.bias_percent is not null
order by fit.block, contrast.percent;
