-- Ellipses of eye cameras. $1 array of rows.
insert into task.eye_ellipse (
    session_id, tracked_object, center_array_id, width_array_id, height_array_id, angle_array_id, area_array_id, area_raw_array_id
)
select session_id, tracked_object, center_array_id, width_array_id, height_array_id, angle_array_id, area_array_id, area_raw_array_id
from jsonb_populate_recordset(null::task.eye_ellipse, $1::jsonb)
