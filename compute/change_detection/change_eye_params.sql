-- Settings of task.change_eye.
select
    key.key_no,
    change_eye_params.largest_z,
    change_eye_params.dilation_frames
from key
join task.change_eye_params using (params_id)
order by key.key_no
