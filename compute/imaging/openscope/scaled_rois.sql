-- ROIs of a plane in the order of its traces' columns, with their scaling, for imaging.selectivity_set and imaging.integrated_response_set.
select
    key.key_no,
    roi_signal.roi,
    roi_signal.is_bad,
    roi_signal.median,
    roi_signal.percentile_range
from key
join imaging.roi_signal using (session_id, plane)
order by key.key_no, roi_signal.roi
