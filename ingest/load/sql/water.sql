-- Water that the subject earned in a session, by the rig's account. $1 key, $2 session, $3 volume [mL], $4 kind (left out
-- where core.water_type does not know it; empty: not told).
insert into core.water_administration as w (
    water_administration_id, subject_id, administered_at, volume_ml, water_type_name, session_id
)
select
    $1::uuid,
    s.subject_id,
    coalesce(
        s.end_time, s.start_time, s.session_date::timestamp at time zone coalesce(lab.time_zone, 'UTC')
    ),
    $3::double precision,
    (select t.water_type_name from core.water_type as t where t.water_type_name = $4::text),
    s.session_id
from core.session as s
join core.lab as lab on lab.lab_name = s.lab_name
where
    s.session_id = $2::uuid
    and not exists (
        select
        from core.water_administration as other
        where other.session_id = s.session_id and other.water_administration_id <> $1::uuid
    )
on conflict (water_administration_id) do update
set
    administered_at = excluded.administered_at,
    volume_ml = excluded.volume_ml,
    water_type_name = coalesce(excluded.water_type_name, w.water_type_name)
where
    row(w.administered_at, w.volume_ml, w.water_type_name) is distinct from
    row(excluded.administered_at, excluded.volume_ml, coalesce(excluded.water_type_name, w.water_type_name))
