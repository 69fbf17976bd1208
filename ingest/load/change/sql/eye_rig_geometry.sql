-- Where the things of eye-tracking rigs stood. $1 array of rows.
insert into task.eye_rig_geometry (session_id, item, x, y, z)
select session_id, item, x, y, z
from jsonb_populate_recordset(null::task.eye_rig_geometry, $1::jsonb)
