-- Where the preprocessed signal was drawn across holes, for photometry.response_set.
select
    key.key_no,
    preprocessed_hole.start_s,
    preprocessed_hole.end_s
from key
join photometry.preprocessed_hole using (session_id, fiber_idx, preprocess_params_id)
order by key.key_no, preprocessed_hole.hole_no
