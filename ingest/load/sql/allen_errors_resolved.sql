-- Faults of a project table that is loaded anew; those that it still has come back. $1 source, $2 file.
update core.session_error
set resolved_at = now()
where
    file_path = $2
    -- Those of a source that was named and could not be it are of the past, too.
    and (source = $1 or error_type in ('SimulatedSession', 'OtherSource'))
    and resolved_at is null
