-- When subjects were kept in which conditions.
select
    m.pk as subject_housing_id,
    s.subject_id,
    m.housing as housing_id,
    m.start_datetime at time zone case when m.is_utc then 'UTC' else s.time_zone end as start_time,
    m.end_datetime at time zone case when m.is_utc then 'UTC' else s.time_zone end as end_time
from alyx_housingsubject as m
join alyx_subject_key as s on s.key = m.subject
join core.housing as h on h.housing_id = m.housing
