-- Pupils, whose arrays are in the store. $1 array of rows.
insert into task.pupil_recording (session_id, n_frames, times_array_id, diameter_array_id, x_array_id, y_array_id)
select session_id, n_frames, times_array_id, diameter_array_id, x_array_id, y_array_id
from jsonb_populate_recordset(null::task.pupil_recording, $1::jsonb)
order by session_id
