-- Injections of viruses.
select
    m.pk as virus_injection_id,
    s.subject_id,
    m.start_time at time zone case when m.is_utc then 'UTC' else s.time_zone end as injected_at,
    m.injection_volume as volume_ul,
    m.rate_of_injection as rate_ul_per_min,
    case when m.injection_type in ('I', 'P') then m.injection_type end as injection_type
from alyx_virusinjection as m
join alyx_subject_key as s on s.key = m.subject
where m.start_time is not null
