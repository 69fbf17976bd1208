-- Files of the array store that a session's loaded arrays are in. $1 session_id. Column: file.
select distinct a.file
from (
    select unnest(array[frame_times_array_id, roi_mask_array_id, roi_weight_array_id]) as array_id
    from imaging.plane
    where session_id = $1::uuid
    union
    select trace_array_id from imaging.trace where session_id = $1::uuid
    union
    select image_array_id from imaging.projection where session_id = $1::uuid
    union
    select unnest(array[times_array_id, speed_array_id]) from task.running_recording where session_id = $1::uuid
    union
    select unnest(array[diameter_array_id, x_array_id, y_array_id]) from task.pupil_recording where session_id = $1::uuid
    union
    select unnest(array[x_array_id, y_array_id, size_array_id, orientation_array_id]) from task.gabor_patch where session_id = $1::uuid
    union
    select frame_array_id from task.openscope_template where session_id = $1::uuid
) as named
join store.array as a using (array_id)
