-- How far are our psychometric fits over sets of sessions from those that a paper published?
-- :param params text default '%' of task.psychometric_params.params_id -- pattern of the parameter set of our fit
-- :column pool_id text -- the set of sessions
-- :column params_id text -- parameter set of our fit
-- :column n_sessions integer -- sessions of the set
-- :column bias_percent double precision -- our bias [% contrast]
-- :column published_bias_percent double precision -- published bias [% contrast]
-- :column bias_difference_percent double precision -- ours minus published [% contrast]
-- :column threshold_difference_percent double precision -- ours minus published [% contrast]
-- :column lapse_low_difference double precision -- ours minus published
-- :column lapse_high_difference double precision -- ours minus published
-- :column fraction_correct_easy_difference double precision -- ours minus published
-- :column fraction_right_zero_difference double precision -- ours minus published
-- :column median_response_time_difference_s double precision -- ours minus published [s]
-- :column fit_quality text -- whether our parameters mean something: good, at_bound, too_few_levels, flat
\if :{?params} \else \set params '%' \endif
select
    fit.pool_id,
    fit.params_id,
    fit.n_sessions,
    fit.bias_percent,
    published.bias_percent as published_bias_percent,
    fit.bias_percent - published.bias_percent as bias_difference_percent,
    fit.threshold_percent - published.threshold_percent as threshold_difference_percent,
    fit.lapse_low - published.lapse_low as lapse_low_difference,
    fit.lapse_high - published.lapse_high as lapse_high_difference,
    fit.fraction_correct_easy - published.fraction_correct_easy as fraction_correct_easy_difference,
    fit.fraction_right_zero - published.fraction_right_zero as fraction_right_zero_difference,
    fit.median_response_time_s - published.median_response_time_s as median_response_time_difference_s,
    fit.fit_quality
from task.published_fit as published
join task.pooled_psychometric_fit as fit using (pool_id)
where fit.params_id like :'params'
order by fit.pool_id, fit.params_id;
