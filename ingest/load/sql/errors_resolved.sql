-- The session is loaded: its errors are of the past. $1 source, $2 identifier.
update core.session_error
set resolved_at = now()
where source = $1 and identifier = $2 and resolved_at is null
