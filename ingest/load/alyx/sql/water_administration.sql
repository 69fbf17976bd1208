-- Water given.
select
    m.pk as water_administration_id,
    s.subject_id,
    m.date_time at time zone case when m.is_utc then 'UTC' else s.time_zone end as administered_at,
    m.water_administered as volume_ml,
    coalesce(m.adlib, false) as is_ad_libitum,
    water_type.name as water_type_name,
    person.name as user_name,
    session.session_id
from alyx_wateradministration as m
join alyx_subject_key as s on s.key = m.subject
left join alyx_name as water_type on water_type.kind = 'water_type' and water_type.key = m.water_type
left join alyx_name as person on person.kind = 'member' and person.key = m."user"
left join alyx_session_ref as session on session.key = m.session
where m.date_time is not null
