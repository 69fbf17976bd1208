-- Projects of sessions.
select distinct k.session_id, link.name as project_name
from listed_link as link
join listed_session_key as k using (place)
where link.kind = 'project' and k.is_taken
