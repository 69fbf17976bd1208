-- Labs in which sessions and mice of project tables are held. $1 sessions, $2 source, $3 mice.
-- Columns: session_id, mouse_id (one of them null), lab_name.
select s.session_id::text as session_id, null as mouse_id, s.lab_name
from core.session as s
where s.session_id = any ($1::text[]::uuid[])
union all
select null, a.identifier, subject.lab_name
from core.subject_alias as a
join core.subject as subject using (subject_id)
where a.source = $2 and a.identifier = any ($3::text[])
