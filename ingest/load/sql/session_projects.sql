-- $1 sessions, $2 projects.
insert into core.session_project (session_id, project_name)
select f.session_id::uuid, f.project_name
from unnest($1::text[], $2::text[]) as f (session_id, project_name)
order by f.session_id, f.project_name
on conflict do nothing
