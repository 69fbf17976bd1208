-- What an earlier load of the colony database could not take is of the past, unless it comes again. $1 what was loaded.
update core.session_error
set resolved_at = now()
where source = 'alyx' and file_path = $1 and resolved_at is null
