-- Implants of a subject, for task.water_control.
select
    key.key_no,
    implant.implanted_on - date '1970-01-01' as day,
    implant.implant_weight_g
from key
join core.implant using (subject_id)
order by key.key_no, implant.implanted_on
