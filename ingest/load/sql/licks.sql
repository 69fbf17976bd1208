-- Licks in file order. $1 session, $2 times.
insert into task.lick (session_id, lick, time_s)
select
    $1::uuid,
    l.lick,
    l.time_s
from unnest($2::double precision[]) with ordinality as l (time_s, lick)
where l.time_s is not null
