-- What an earlier load of these files could not take is of the past, unless it comes again. $1 source, $2 files.
update core.session_error
set resolved_at = now()
where source = $1 and file_path = any ($2::text[]) and resolved_at is null
