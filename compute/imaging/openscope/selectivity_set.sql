-- Frames that were recorded and the settings, for imaging.selectivity_set.
select
    key.key_no,
    openscope_session.n_stim_frames,
    openscope_session.n_twop_frames,
    selectivity_params.stimulus,
    selectivity_params.split,
    selectivity_params.gabor_frame,
    selectivity_params.has_common_orientations,
    selectivity_params.gabor_kappa,
    selectivity_params.square_size_px,
    selectivity_params.pre_s,
    selectivity_params.post_s,
    selectivity_params.n_permutations,
    selectivity_params.random_stream,
    selectivity_params.seed
from key
join task.openscope_session using (session_id)
join imaging.selectivity_params using (selectivity_params_id)
order by key.key_no
