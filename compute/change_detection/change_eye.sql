-- Ellipses of a session as references to the array store, the raw areas that the source gives with them (null where it gives none), and its
-- blinks, for task.change_eye. One row per session with all three ellipses.
select
    key.key_no,
    eye_width.ref as eye_width_ref,
    eye_height.ref as eye_height_ref,
    eye_angle.ref as eye_angle_ref,
    pupil_width.ref as pupil_width_ref,
    pupil_height.ref as pupil_height_ref,
    pupil_angle.ref as pupil_angle_ref,
    reflection_width.ref as reflection_width_ref,
    reflection_height.ref as reflection_height_ref,
    reflection_angle.ref as reflection_angle_ref,
    eye_area.ref as eye_area_raw_ref,
    pupil_area.ref as pupil_area_raw_ref,
    reflection_area.ref as reflection_area_raw_ref,
    file_blink.ref as file_blink_ref
from key
join task.eye_recording using (session_id)
join task.eye_ellipse as eye on eye.session_id = key.session_id and eye.tracked_object = 'eye'
join task.eye_ellipse as pupil on pupil.session_id = key.session_id and pupil.tracked_object = 'pupil'
join task.eye_ellipse as reflection on reflection.session_id = key.session_id and reflection.tracked_object = 'corneal_reflection'
join store.array as eye_width on eye_width.array_id = eye.width_array_id
join store.array as eye_height on eye_height.array_id = eye.height_array_id
join store.array as eye_angle on eye_angle.array_id = eye.angle_array_id
join store.array as pupil_width on pupil_width.array_id = pupil.width_array_id
join store.array as pupil_height on pupil_height.array_id = pupil.height_array_id
join store.array as pupil_angle on pupil_angle.array_id = pupil.angle_array_id
join store.array as reflection_width on reflection_width.array_id = reflection.width_array_id
join store.array as reflection_height on reflection_height.array_id = reflection.height_array_id
join store.array as reflection_angle on reflection_angle.array_id = reflection.angle_array_id
left join store.array as eye_area on eye_area.array_id = eye.area_raw_array_id
left join store.array as pupil_area on pupil_area.array_id = pupil.area_raw_array_id
left join store.array as reflection_area on reflection_area.array_id = reflection.area_raw_array_id
left join store.array as file_blink on file_blink.array_id = eye_recording.file_blink_array_id
order by key.key_no
