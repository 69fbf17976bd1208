-- Water restrictions of a subject by its lab's clock, for task.water_control.
select
    key.key_no,
    extract(epoch from water_restriction.start_time at time zone coalesce(lab.time_zone, 'UTC'))::double precision as start_s,
    extract(epoch from water_restriction.end_time at time zone coalesce(lab.time_zone, 'UTC'))::double precision as end_s,
    water_restriction.reference_weight_g
from key
join core.water_restriction using (subject_id)
join core.subject using (subject_id)
join core.lab on lab.lab_name = subject.lab_name
order by key.key_no, water_restriction.start_time, water_restriction.water_restriction_id
