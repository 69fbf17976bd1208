-- Gabor patches, whose arrays are in the store. $1 array of rows.
insert into task.gabor_patch (session_id, n_patches, x_array_id, y_array_id, size_array_id, orientation_array_id)
select session_id, n_patches, x_array_id, y_array_id, size_array_id, orientation_array_id
from jsonb_populate_recordset(null::task.gabor_patch, $1::jsonb)
order by session_id
