-- Faults of a table of metadata that is loaded anew; those that it still has come back. $1 file.
update core.session_error
set resolved_at = now()
where source = 'csv' and file_path = $1 and resolved_at is null
