-- What are the points of a session's psychometric curve, block by block?
-- :param session uuid -- key of the session
-- :param params text default 'status' of task.psychometric_params.params_id -- parameter set of the fit
-- :column block integer -- probability of the left side [%], see task.psychometric_block
-- :column signed_contrast double precision -- contrast right minus left, -1 to 1
-- :column n_trials integer -- trials
-- :column n_rightward integer -- of them reported right
-- :column p_rightward double precision -- share reported right as the fit took it, 0 to 1
-- :column sem_rightward double precision -- standard error of this share over trials, sqrt(p (1 - p) / n)
-- :column predicted double precision -- value of the fitted curve, 0 to 1
\if :{?params} \else \set params 'status' \endif
select
    block::integer as block,
    signed_contrast::double precision as signed_contrast,
    n_trials,
    n_rightward,
    p_rightward::double precision as p_rightward,
    sqrt(p_rightward * (1 - p_rightward) / n_trials)::double precision as sem_rightward,
    predicted::double precision as predicted
from task.psychometric_point
where session_id = :'session'::uuid
    and params_id = :'params'
order by block, signed_contrast;
