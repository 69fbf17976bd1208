-- Files whose sessions are in the database as they are: that an option or another file contradicted them is of the past.
-- $1 files or folders.
update core.session_error as e
set resolved_at = now()
from unnest($1::text[]) as f (file_path)
where
    e.file_path = f.file_path
    and e.error_type in ('Contradiction', 'SimulatedSession', 'SessionMismatch')
    and e.resolved_at is null
