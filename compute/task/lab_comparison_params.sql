-- Settings of the comparison, for task.lab_comparison.
select
    key.key_no,
    lab_comparison_params.metric_set,
    lab_comparison_params.protocol,
    lab_comparison_params.level
from key
join task.lab_comparison_params using (lab_comparison_params_id)
order by key.key_no
