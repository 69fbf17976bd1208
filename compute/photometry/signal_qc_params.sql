-- Settings of the sliding quality control, for photometry.signal_qc.
select
    key.key_no,
    signal_qc_params.window_s,
    signal_qc_params.step_s,
    signal_qc_params.before_session_s,
    signal_qc_params.after_session_s,
    signal_qc_params.min_unique_samples,
    signal_qc_params.min_tau_s,
    signal_qc_params.max_tau_s
from key
join photometry.signal_qc_params using (params_id)
order by key.key_no
