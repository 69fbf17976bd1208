-- Settings of responses and magnitudes, for photometry.response_set.
select
    key.key_no,
    response_params.window_begin_s,
    response_params.window_end_s,
    response_params.baseline_begin_s,
    response_params.baseline_end_s,
    response_params.early_begin_s,
    response_params.early_end_s,
    response_params.subtracts_baseline,
    response_params.masks_subsequent_events,
    response_params.min_trials,
    response_params.min_event_share
from key
join photometry.response_params using (response_params_id)
order by key.key_no
