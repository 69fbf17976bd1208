-- Metrics of the subjects of a comparison, subject by subject in the order that the settings name them, for task.lab_classifier.
-- A time zone is that of the institution's labs (the least where they differ) on a day without summer time in the north.
with value as (
    select
        key.key_no,
        lab_classifier_params.metrics,
        compared.subject_id,
        compared.institution_short,
        compared.metric,
        compared.value
    from key
    join task.lab_classifier_params using (lab_classifier_params_id)
    join task.lab_comparison_value as compared using (pool_id, lab_comparison_params_id)
),
time_zone as (
    select
        coalesce(institution_short, lab_name) as institution_short,
        min(extract(epoch from (timestamptz '2020-01-15 12:00:00+00' at time zone time_zone) - timestamp '2020-01-15 12:00:00')
            / 3600)::double precision as hours
    from core.lab
    where time_zone is not null
    group by coalesce(institution_short, lab_name)
),
told as (
    select key_no, metrics, subject_id, institution_short, metric, value
    from value
    union all
    select distinct value.key_no, value.metrics, value.subject_id, value.institution_short, 'time_zone', time_zone.hours
    from value
    join time_zone using (institution_short)
)
select
    key_no,
    subject_id,
    institution_short,
    array_position(metrics, metric) as metric_no,
    value
from told
where metric = any (metrics)
order by key_no, subject_id, metric_no
