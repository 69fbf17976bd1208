-- What the database holds of sessions of OpenScope. $1 sessions. Column, one row a session in the order of $1: is_loaded.
select exists (select from task.openscope_session as o where o.session_id = f.session_id::uuid) as is_loaded
from unnest($1::text[]) with ordinality as f (session_id, place)
order by f.place
