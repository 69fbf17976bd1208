-- The session's row. What the files do not tell stays as another source (the colony database) has told it.
-- $1 key, $2 lab, $3 source, $4 subject's identifier in it, $5 date, $6 number, $7 start and $8 end (clock of the lab),
-- $9 protocol, $10 rig, $11 delay [s], $12 details
insert into core.session as s (
    session_id, subject_id, lab_name, session_date, session_number, start_time, end_time, task_protocol, rig,
    start_delay_s, source, details
)
select
    $1::uuid,
    a.subject_id,
    $2,
    $5::date,
    $6::integer,
    $7::timestamp at time zone coalesce(lab.time_zone, 'UTC'),
    $8::timestamp at time zone coalesce(lab.time_zone, 'UTC'),
    $9,
    $10,
    $11::double precision,
    $3,
    $12::jsonb
from core.subject_alias as a
join core.lab as lab on lab.lab_name = $2
where a.source = $3 and a.identifier = $4
on conflict (session_id) do update
set
    start_time = coalesce(excluded.start_time, s.start_time),
    end_time = coalesce(excluded.end_time, s.end_time),
    task_protocol = coalesce(excluded.task_protocol, s.task_protocol),
    is_protocol_inferred = s.is_protocol_inferred and excluded.task_protocol is null,
    rig = coalesce(excluded.rig, s.rig),
    start_delay_s = coalesce(excluded.start_delay_s, s.start_delay_s),
    details = coalesce(s.details || excluded.details, excluded.details, s.details)
where
    row(s.start_time, s.end_time, s.task_protocol, s.rig, s.start_delay_s, s.details) is distinct from
    row(
        coalesce(excluded.start_time, s.start_time),
        coalesce(excluded.end_time, s.end_time),
        coalesce(excluded.task_protocol, s.task_protocol),
        coalesce(excluded.rig, s.rig),
        coalesce(excluded.start_delay_s, s.start_delay_s),
        coalesce(s.details || excluded.details, excluded.details, s.details)
    )
