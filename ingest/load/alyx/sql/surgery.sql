-- Surgeries.
select
    m.pk as surgery_id,
    s.subject_id,
    m.start_time at time zone case when m.is_utc then 'UTC' else s.time_zone end as start_time,
    m.end_time at time zone case when m.is_utc then 'UTC' else s.time_zone end as end_time,
    case when m.outcome_type in ('a', 'n', 'r') then m.outcome_type end as outcome_type,
    m.narrative,
    place.lab_name,
    place.place_name,
    m.implant_weight as implant_weight_g
from alyx_surgery as m
join alyx_subject_key as s on s.key = m.subject
left join alyx_place as place on place.key = m.location
where m.start_time is not null
