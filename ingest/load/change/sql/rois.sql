-- ROIs of planes. $1 array of rows.
insert into imaging.roi (
    session_id, plane, roi, cell_roi_id, tracking_id, x, y, width, height, n_mask_pixels, mask_image_plane, max_correction_up,
    max_correction_down, max_correction_left, max_correction_right, is_valid, neuropil_r, neuropil_rmse, event_lambda, event_noise_std,
    extra
)
select
    session_id, plane, roi, cell_roi_id, tracking_id, x, y, width, height, n_mask_pixels, mask_image_plane, max_correction_up,
    max_correction_down, max_correction_left, max_correction_right, is_valid, neuropil_r, neuropil_rmse, event_lambda, event_noise_std,
    extra
from jsonb_populate_recordset(null::imaging.roi, $1::jsonb)
order by session_id, plane, roi
