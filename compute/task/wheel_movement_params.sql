-- Settings of the search for movements, for task.wheel_movement_set.
select
    key.key_no,
    wheel_movement_params.rate_hz,
    wheel_movement_params.position_threshold_samples,
    wheel_movement_params.onset_threshold_samples,
    wheel_movement_params.time_window_s,
    wheel_movement_params.min_gap_s,
    wheel_movement_params.min_duration_s
from key
join task.wheel_movement_params using (wheel_movement_params_id)
order by key.key_no
