-- Segments of a session's stimulus, in order, for the computed tables of OpenScope.
select
    key.key_no,
    stimulus_segment.segment,
    stimulus_segment.stimulus_type,
    stimulus_segment.is_unexpected::integer as is_unexpected,
    stimulus_segment.gabor_frame,
    stimulus_segment.gabor_kappa,
    stimulus_segment.gabor_mean_orientation_deg,
    stimulus_segment.main_flow_direction,
    stimulus_segment.square_size_px,
    stimulus_segment.square_number,
    stimulus_segment.start_s,
    stimulus_segment.stop_s,
    stimulus_segment.start_frame_stim,
    stimulus_segment.stop_frame_stim,
    stimulus_segment.start_frame_twop,
    stimulus_segment.stop_frame_twop
from key
join task.stimulus_segment using (session_id)
order by key.key_no, stimulus_segment.segment
