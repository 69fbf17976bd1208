-- The preprocessed signal, as a reference to the array store, for photometry.response_set.
select
    key.key_no,
    array_row.ref as signal_ref,
    preprocessed.start_s,
    preprocessed.sampling_rate_hz
from key
join photometry.preprocessed using (session_id, fiber_idx, preprocess_params_id)
join store.array as array_row on array_row.array_id = preprocessed.signal_array_id
order by key.key_no
