-- Licks in file order. $1 sessions, $2 numbers within them, $3 times.
insert into task.lick (session_id, lick, time_s)
select
    l.session_id::uuid,
    l.lick,
    l.time_s
from unnest($1::text[], $2::bigint[], $3::double precision[]) as l (session_id, lick, time_s)
where l.time_s is not null
