-- Pictures that the stimulus was drawn from. $1 array of rows.
insert into task.openscope_template (session_id, template_name, n_frames, frame_array_id)
select session_id, template_name, n_frames, frame_array_id
from jsonb_populate_recordset(null::task.openscope_template, $1::jsonb)
order by session_id, template_name
