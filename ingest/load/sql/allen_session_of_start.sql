-- The session of a mouse that starts at a time on the laboratory's clock (to the second), by its number. $1 source, $2 mouse, $3 start
-- (in UTC where it ends with Z). Column: identifier; one row a session.
select b.behavior_session_id::text as identifier
from task.behavior_session as b
join core.session as s using (session_id)
join core.lab as lab on lab.lab_name = s.lab_name
where
    s.source = $1
    and b.mouse_id = $2
    and abs(extract(epoch from s.start_time - case
        when $3 like '%Z' then $3::timestamptz
        else $3::timestamp at time zone coalesce(lab.time_zone, 'UTC')
    end)) < 1
