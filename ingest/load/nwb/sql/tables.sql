-- Tables of files. $1 array of rows.
insert into task.nwb_table (
    session_id, table_path, table_name, neurodata_type, description, n_rows, columns, is_loaded, reason
)
select session_id, table_path, table_name, neurodata_type, description, n_rows, columns, is_loaded, reason
from jsonb_populate_recordset(null::task.nwb_table, $1::jsonb)
