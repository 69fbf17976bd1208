-- Recordings of eye cameras. $1 array of rows.
insert into task.eye_recording (session_id, n_frames, equipment_name, times_array_id, file_blink_array_id)
select session_id, n_frames, equipment_name, times_array_id, file_blink_array_id
from jsonb_populate_recordset(null::task.eye_recording, $1::jsonb)
order by session_id
