-- Passive periods in file order. $1 sessions, $2 numbers within them, $3 kinds, $4 starts, $5 ends [s].
insert into task.passive_period (session_id, period, kind, start_s, stop_s)
select
    p.session_id::uuid,
    p.period,
    p.kind,
    p.start_s,
    p.stop_s
from unnest($1::text[], $2::bigint[], $3::text[], $4::double precision[], $5::double precision[])
    as p (session_id, period, kind, start_s, stop_s)
