-- Settings of a psychometric fit, for task.psychometric_fit and task.pooled_psychometric_fit.
select
    key.key_no,
    psychometric_params.start_bias_percent,
    psychometric_params.start_threshold_percent,
    psychometric_params.start_lapse_low,
    psychometric_params.start_lapse_high,
    psychometric_params.min_bias_percent,
    psychometric_params.max_bias_percent,
    psychometric_params.min_threshold_percent,
    psychometric_params.max_threshold_percent,
    psychometric_params.max_lapse_low,
    psychometric_params.max_lapse_high,
    psychometric_params.n_starts,
    psychometric_params.min_levels,
    psychometric_params.min_trials,
    psychometric_params.point_grouping
from key
join task.psychometric_params using (params_id)
order by key.key_no
