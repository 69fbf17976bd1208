-- Settings of the velocity, for task.wheel_velocity.
select
    key.key_no,
    wheel_params.rate_hz,
    wheel_params.cutoff_hz,
    wheel_params.filter_order,
    wheel_params.time_precision
from key
join task.wheel_params using (wheel_params_id)
order by key.key_no
