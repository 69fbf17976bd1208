-- The subject and what its lab expects, for task.water_control. core.care_revision tells the engine of the lab's changes.
select
    key.key_no,
    subject.birth_date - date '1970-01-01' as birth_day,
    lab.reference_weight_fraction,
    lab.zscore_weight_fraction
from key
join core.subject using (subject_id)
join core.lab on lab.lab_name = subject.lab_name
order by key.key_no
