-- Other actions.
select
    m.pk as other_action_id,
    s.subject_id,
    m.start_time at time zone case when m.is_utc then 'UTC' else s.time_zone end as start_time,
    m.end_time at time zone case when m.is_utc then 'UTC' else s.time_zone end as end_time,
    m.narrative as description,
    place.lab_name,
    place.place_name
from alyx_otheraction as m
join alyx_subject_key as s on s.key = m.subject
left join alyx_place as place on place.key = m.location
where m.start_time is not null
