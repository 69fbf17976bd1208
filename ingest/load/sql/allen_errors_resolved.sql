-- Faults of a project table that is loaded anew; those that it still has come back. $1 source, $2 file.
update core.session_error
set resolved_at = now()
where source = $1 and file_path = $2 and resolved_at is null
