-- Water given to a subject by its lab's clock, for task.water_control.
select
    key.key_no,
    extract(epoch from water_administration.administered_at at time zone coalesce(lab.time_zone, 'UTC'))::double precision as at_s,
    water_administration.volume_ml,
    (water_administration.session_id is not null)::integer as is_reward
from key
join core.water_administration using (subject_id)
join core.subject using (subject_id)
join core.lab on lab.lab_name = subject.lab_name
order by key.key_no, water_administration.administered_at, water_administration.water_administration_id
