-- Weighings.
select
    m.pk as weighing_id,
    s.subject_id,
    m.date_time at time zone case when m.is_utc then 'UTC' else s.time_zone end as weighed_at,
    m.weight as weight_g,
    person.name as user_name
from alyx_weighing as m
join alyx_subject_key as s on s.key = m.subject
left join alyx_name as person on person.kind = 'member' and person.key = m."user"
where m.date_time is not null and m.weight is not null
