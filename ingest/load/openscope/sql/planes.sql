-- Imaging planes; their depth is told by the table of sessions. $1 array of rows.
insert into imaging.plane as held (
    session_id, plane, plane_name, description, targeted_structure, imaging_depth_um, frame_rate_hz, excitation_lambda_nm,
    emission_lambda_nm, indicator, field_of_view_width, field_of_view_height, n_frames, n_rois, frame_times_array_id, roi_mask_array_id,
    roi_weight_array_id
)
select
    given.session_id, given.plane, given.plane_name, given.description, given.targeted_structure, listed.depth_um, given.frame_rate_hz,
    given.excitation_lambda_nm, given.emission_lambda_nm, given.indicator, given.field_of_view_width, given.field_of_view_height,
    given.n_frames, given.n_rois, given.frame_times_array_id, given.roi_mask_array_id, given.roi_weight_array_id
from jsonb_populate_recordset(null::imaging.plane, $1::jsonb) as given
left join imaging.openscope_listing as listed using (session_id)
order by given.session_id, given.plane
on conflict (session_id, plane) do update
set
    plane_name = excluded.plane_name,
    description = excluded.description,
    targeted_structure = excluded.targeted_structure,
    imaging_depth_um = excluded.imaging_depth_um,
    frame_rate_hz = excluded.frame_rate_hz,
    excitation_lambda_nm = excluded.excitation_lambda_nm,
    emission_lambda_nm = excluded.emission_lambda_nm,
    indicator = excluded.indicator,
    field_of_view_width = excluded.field_of_view_width,
    field_of_view_height = excluded.field_of_view_height,
    n_frames = excluded.n_frames,
    n_rois = excluded.n_rois,
    frame_times_array_id = excluded.frame_times_array_id,
    roi_mask_array_id = excluded.roi_mask_array_id,
    roi_weight_array_id = excluded.roi_weight_array_id
