-- Settings of the preprocessing, for photometry.preprocessed.
select
    key.key_no,
    preprocess_params.signal_band,
    preprocess_params.reference_band,
    preprocess_params.before_session_s,
    preprocess_params.after_session_s,
    preprocess_params.bleach_cutoff_hz,
    preprocess_params.bleach_order,
    preprocess_params.bleach_correction,
    preprocess_params.isosbestic_mode,
    preprocess_params.regression_loss,
    preprocess_params.isosbestic_correction,
    preprocess_params.zscore_mode,
    preprocess_params.output_rate_hz
from key
join photometry.preprocess_params using (preprocess_params_id)
order by key.key_no
