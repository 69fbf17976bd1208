-- What the database holds of the rows of change detection. $1 sessions, $2 the plane of each (empty: its file has none).
-- Columns, one row a session in the order of $1: is_loaded (its trials, and the plane), behavior_file (empty: none).
select
    c.session_id is not null
    and (
        f.plane = ''
        or exists (select from imaging.plane as p where p.session_id = f.session_id::uuid and p.plane = nullif(f.plane, '')::bigint)
    ) as is_loaded,
    coalesce(c.behavior_file, '') as behavior_file
from unnest($1::text[], $2::text[]) with ordinality as f (session_id, plane, place)
left join task.change_session as c on c.session_id = f.session_id::uuid
order by f.place
