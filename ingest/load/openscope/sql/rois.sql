-- ROIs of planes. $1 array of rows.
insert into imaging.roi (session_id, plane, roi, cell_roi_id, tracking_id, x, y, width, height, n_mask_pixels, n_not_finite)
select session_id, plane, roi, cell_roi_id, tracking_id, x, y, width, height, n_mask_pixels, n_not_finite
from jsonb_populate_recordset(null::imaging.roi, $1::jsonb)
order by session_id, plane, roi
