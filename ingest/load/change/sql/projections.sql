-- Images of planes. $1 array of rows.
insert into imaging.projection (session_id, plane, kind, pixel_size_um, image_array_id)
select session_id, plane, kind, pixel_size_um, image_array_id
from jsonb_populate_recordset(null::imaging.projection, $1::jsonb)
