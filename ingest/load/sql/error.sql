-- Why a session could not be loaded. $1 source, $2 identifier, $3 type, $4 message, $5 hint, $6 file or folder, $7 key
-- that the session has or would have, $8 lab.
insert into core.session_error as e (
    source, identifier, error_type, message, hint, file_path, session_id, lab_name
)
values ($1, $2, $3, $4, $5, $6, $7::uuid, $8)
on conflict (error_id) do update
set resolved_at = null
where e.resolved_at is not null
