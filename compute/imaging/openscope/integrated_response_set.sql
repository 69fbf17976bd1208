-- Frames that were recorded and the settings, for imaging.integrated_response_set.
select
    key.key_no,
    openscope_session.n_stim_frames,
    openscope_session.n_twop_frames,
    integrated_response_params.gabor_kappa,
    integrated_response_params.square_size_px,
    integrated_response_params.gabor_window_s,
    integrated_response_params.visflow_window_s
from key
join task.openscope_session using (session_id)
join imaging.integrated_response_params using (integrated_response_params_id)
order by key.key_no
