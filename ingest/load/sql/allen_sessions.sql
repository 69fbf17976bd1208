-- Sessions that the tables name. Where a session's trials are loaded, its file's word stands before the table's.
-- $1 array of {session_id, mouse_id, start_time, session_date, session_type, rig}, $2 lab, $3 source.
with given as materialized (
    select *
    from jsonb_to_recordset($1::jsonb)
        as g (session_id uuid, mouse_id text, start_time timestamptz, session_date date, session_type text, rig text)
),
written as (
    insert into core.session as held (session_id, subject_id, lab_name, session_date, start_time, task_protocol, rig, source)
    select
        given.session_id,
        subject.subject_id,
        $2,
        given.session_date,
        given.start_time,
        given.session_type,
        given.rig,
        $3
    from given
    join core.subject on subject.lab_name = $2 and subject.nickname = given.mouse_id
    order by given.session_id
    on conflict (session_id) do update
    set subject_id = excluded.subject_id,
        session_date = excluded.session_date,
        start_time = excluded.start_time,
        task_protocol = excluded.task_protocol,
        rig = excluded.rig
    where not exists (select from task.change_session where change_session.session_id = held.session_id)
        and (held.subject_id, held.session_date, held.start_time, held.task_protocol, held.rig)
            is distinct from
            (excluded.subject_id, excluded.session_date, excluded.start_time, excluded.task_protocol, excluded.rig)
    returning held.xmax = 0 as is_added
)
select
    (count(*) filter (where is_added))::bigint as n_added,
    (count(*) filter (where not is_added))::bigint as n_changed
from written
