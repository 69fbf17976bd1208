-- The sources' names of sessions. $1 sources, $2 identifiers, $3 sessions.
insert into core.session_alias (source, identifier, session_id)
select f.source, f.identifier, f.session_id::uuid
from unnest($1::text[], $2::text[], $3::text[]) as f (source, identifier, session_id)
order by f.source, f.identifier
on conflict do nothing
