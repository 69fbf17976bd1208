-- Metrics of the subjects of a comparison, subject by subject in the order that the settings name them, for task.lab_classifier.
select
    key.key_no,
    value.subject_id,
    value.institution_short,
    array_position(lab_classifier_params.metrics, value.metric) as metric_no,
    value.value
from key
join task.lab_classifier_params using (lab_classifier_params_id)
join task.lab_comparison_value as value using (pool_id, lab_comparison_params_id)
where value.metric = any (lab_classifier_params.metrics)
order by key.key_no, value.subject_id, metric_no
