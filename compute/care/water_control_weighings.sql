-- Weighings of a subject by its lab's clock, for task.water_control.
select
    key.key_no,
    extract(epoch from weighing.weighed_at at time zone coalesce(lab.time_zone, 'UTC'))::double precision as at_s,
    weighing.weight_g
from key
join core.weighing using (subject_id)
join core.subject using (subject_id)
join core.lab on lab.lab_name = subject.lab_name
order by key.key_no, weighing.weighed_at, weighing.weighing_id
