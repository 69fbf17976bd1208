-- Settings of task.change_running.
select
    key.key_no,
    change_running_params.cutoff_hz,
    change_running_params.filter_order,
    change_running_params.rate_hz,
    change_running_params.largest_z
from key
join task.change_running_params using (params_id)
order by key.key_no
