-- Files. $1 array of rows.
insert into task.nwb_file as held (
    session_id, file_name, nwb_version, session_description, start_text, metadata, n_not_understood
)
select session_id, file_name, nwb_version, session_description, start_text, metadata, n_not_understood
from jsonb_populate_recordset(null::task.nwb_file, $1::jsonb)
order by session_id
on conflict (session_id) do update
set
    file_name = excluded.file_name,
    nwb_version = excluded.nwb_version,
    session_description = excluded.session_description,
    start_text = excluded.start_text,
    metadata = excluded.metadata,
    n_not_understood = excluded.n_not_understood
