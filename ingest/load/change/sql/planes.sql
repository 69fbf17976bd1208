-- Imaging planes. $1 array of rows.
insert into imaging.plane as held (
    session_id, plane, plane_name, description, targeted_structure, imaging_depth_um, targeted_imaging_depth_um, frame_rate_hz,
    excitation_lambda_nm, emission_lambda_nm, indicator, field_of_view_width, field_of_view_height, imaging_plane_group,
    imaging_plane_group_count, n_frames, n_rois, frame_times_array_id, roi_mask_array_id, motion_x_array_id, motion_y_array_id,
    ophys_session_id, ophys_container_id
)
select
    session_id, plane, plane_name, description, targeted_structure, imaging_depth_um, targeted_imaging_depth_um, frame_rate_hz,
    excitation_lambda_nm, emission_lambda_nm, indicator, field_of_view_width, field_of_view_height, imaging_plane_group,
    imaging_plane_group_count, n_frames, n_rois, frame_times_array_id, roi_mask_array_id, motion_x_array_id, motion_y_array_id,
    ophys_session_id, ophys_container_id
from jsonb_populate_recordset(null::imaging.plane, $1::jsonb)
order by session_id, plane
on conflict (session_id, plane) do update
set
    plane_name = excluded.plane_name,
    description = excluded.description,
    targeted_structure = excluded.targeted_structure,
    imaging_depth_um = excluded.imaging_depth_um,
    targeted_imaging_depth_um = excluded.targeted_imaging_depth_um,
    frame_rate_hz = excluded.frame_rate_hz,
    excitation_lambda_nm = excluded.excitation_lambda_nm,
    emission_lambda_nm = excluded.emission_lambda_nm,
    indicator = excluded.indicator,
    field_of_view_width = excluded.field_of_view_width,
    field_of_view_height = excluded.field_of_view_height,
    imaging_plane_group = excluded.imaging_plane_group,
    imaging_plane_group_count = excluded.imaging_plane_group_count,
    n_frames = excluded.n_frames,
    n_rois = excluded.n_rois,
    frame_times_array_id = excluded.frame_times_array_id,
    roi_mask_array_id = excluded.roi_mask_array_id,
    motion_x_array_id = excluded.motion_x_array_id,
    motion_y_array_id = excluded.motion_y_array_id,
    ophys_session_id = excluded.ophys_session_id,
    ophys_container_id = excluded.ophys_container_id
