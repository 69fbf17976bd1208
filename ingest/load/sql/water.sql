-- Water that the subject earned in a session without trials. $1 key, $2 session, $3 volume [mL].
insert into core.water_administration as w (
    water_administration_id, subject_id, administered_at, volume_ml, session_id
)
select
    $1::uuid,
    s.subject_id,
    coalesce(
        s.end_time, s.start_time, s.session_date::timestamp at time zone coalesce(lab.time_zone, 'UTC')
    ),
    $3::double precision,
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
set administered_at = excluded.administered_at, volume_ml = excluded.volume_ml
where row(w.administered_at, w.volume_ml) is distinct from row(excluded.administered_at, excluded.volume_ml)
