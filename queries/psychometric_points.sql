-- What are the points of a session's psychometric curve, block by block?
-- :param session uuid -- key of the session
-- :param params text default 'status' -- parameter set of the fit
-- :column block integer -- probability of the left side [%], see task.psychometric_block
-- :column signed_contrast_percent double precision -- contrast right minus left [%]
-- :column n_trials integer -- trials
-- :column n_rightward integer -- of them reported right
-- :column p_rightward double precision -- share reported right as the fit took it, 0 to 1
-- :column predicted double precision -- value of the fitted curve, 0 to 1
\if :{?params} \else \set params 'status' \endif
select
    block::integer as block,
    100 * signed_contrast as signed_contrast_percent,
    n_trials,
    n_rightward,
    p_rightward,
    predicted
from task.psychometric_point
where session_id = :'session'::uuid
    and params_id = :'params'
order by block, signed_contrast;
