-- Settings of task.change_performance.
select
    key.key_no,
    change_performance_params.engaged_rate_per_min,
    change_performance_params.rate_window_trials,
    change_performance_params.reward_window_trials_before,
    change_performance_params.reward_window_trials_from,
    change_performance_params.window_start_s,
    change_performance_params.longest_response_s,
    change_performance_params.dprime_rate_limit
from key
join task.change_performance_params using (params_id)
order by key.key_no
