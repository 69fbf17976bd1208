-- Rows of sessions. What the files do not tell stays as another source (the colony database) has told it.
-- $1 keys, $2 labs, $3 sources, $4 subjects' identifiers in them, $5 dates, $6 numbers (empty: none), $7 starts and $8 ends
-- (empty: not known; in UTC where they end with Z, else on the clock of the lab; an end before the start is left out),
-- $9 protocols, $10 rigs (empty: not known), $11 delays [s], $12 details (empty: none).
with given as (
    select
        f.key::uuid as session_id,
        a.subject_id,
        f.lab_name,
        f.source,
        f.session_date::date as session_date,
        nullif(f.session_number, '')::integer as session_number,
        case
            when f.start_time like '%Z' then f.start_time::timestamptz
            else nullif(f.start_time, '')::timestamp at time zone coalesce(lab.time_zone, 'UTC')
        end as start_time,
        case
            when f.end_time like '%Z' then f.end_time::timestamptz
            else nullif(f.end_time, '')::timestamp at time zone coalesce(lab.time_zone, 'UTC')
        end as end_time,
        nullif(f.task_protocol, '') as task_protocol,
        nullif(f.rig, '') as rig,
        f.start_delay_s,
        nullif(f.details, '')::jsonb as details
    from unnest(
        $1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[],
        $10::text[], $11::double precision[], $12::text[]
    ) as f (
        key, lab_name, source, subject, session_date, session_number, start_time, end_time, task_protocol, rig,
        start_delay_s, details
    )
    join core.subject_alias as a on a.source = f.source and a.identifier = f.subject
    join core.lab as lab on lab.lab_name = f.lab_name
)
insert into core.session as s (
    session_id, subject_id, lab_name, session_date, session_number, start_time, end_time, task_protocol, rig,
    start_delay_s, source, details
)
select
    session_id,
    subject_id,
    lab_name,
    session_date,
    session_number,
    start_time,
    case when end_time < start_time then null else end_time end,
    task_protocol,
    rig,
    start_delay_s,
    source,
    details
from given
order by session_id
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
