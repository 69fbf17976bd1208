-- At what time of day were sessions run? Hours are those of the rig's clock.
-- :param lab text default '%' -- pattern of the lab's name
-- :column lab_name text -- lab where the sessions were run
-- :column hour integer -- hour of the day at the rig, 0 to 23
-- :column n_sessions integer -- sessions that began in this hour
\if :{?lab} \else \set lab '%' \endif
select
    lab_name,
    extract(hour from start_local)::integer as hour,
    count(*)::integer as n_sessions
from core.session_context
where start_local is not null
    and lab_name like :'lab'
group by lab_name, hour
order by lab_name, hour;
