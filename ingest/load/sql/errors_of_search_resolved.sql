-- Folders that held trials and were no session, and archives with something wrong in them: where a search of the same
-- place no longer meets them, their errors are of the past (the folder was renamed, the archive made anew).
-- $1 the places searched, as they were named, without a closing slash; $2 what this search has met and told.
update core.session_error as e
set resolved_at = now()
from unnest($1::text[]) as place (path)
where
    e.resolved_at is null
    and e.session_id is null
    and e.error_type = 'NoSession'
    and (e.identifier = place.path or starts_with(e.identifier, place.path || '/'))
    and e.identifier <> all ($2::text[])
