-- The sessions are loaded: their errors are of the past. $1 sources, $2 identifiers.
update core.session_error as e
set resolved_at = now()
from unnest($1::text[], $2::text[]) as f (source, identifier)
where e.source = f.source and e.identifier = f.identifier and e.resolved_at is null
