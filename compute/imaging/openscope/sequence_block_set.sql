-- Running, pupil and the settings, for task.sequence_block_set; signals as references to the array store.
select
    key.key_no,
    openscope_session.n_stim_frames,
    openscope_session.n_twop_frames,
    running_array.ref as running_ref,
    pupil_array.ref as pupil_ref,
    sequence_block_params.gabor_frame,
    sequence_block_params.gabor_kappa,
    sequence_block_params.pre_s,
    sequence_block_params.post_s
from key
join task.openscope_session using (session_id)
join task.sequence_block_params using (sequence_block_params_id)
left join task.running_recording using (session_id)
left join task.pupil_recording using (session_id)
left join store.array as running_array on running_array.array_id = running_recording.speed_array_id
left join store.array as pupil_array on pupil_array.array_id = pupil_recording.diameter_array_id
order by key.key_no
