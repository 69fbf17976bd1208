-- Weights of implants by day: those of surgeries. 0, which every surgery has unless somebody weighed, is none.
select distinct on (subject_id, implanted_on)
    subject_id,
    implanted_on,
    implant_weight_g
from (
    select
        held.subject_id,
        (held.start_time at time zone s.time_zone)::date as implanted_on,
        held.implant_weight_g,
        held.start_time,
        held.surgery_id
    from alyx_surgery as m
    join core.surgery as held on held.surgery_id = m.pk
    join alyx_subject_key as s on s.key = held.subject_id::text
    where held.implant_weight_g > 0
) as given
order by subject_id, implanted_on, start_time desc, surgery_id
