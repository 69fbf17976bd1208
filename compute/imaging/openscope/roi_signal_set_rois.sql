-- ROIs of a plane in the order of its traces' columns, for imaging.roi_signal_set.
select key.key_no, roi.roi
from key
join imaging.roi using (session_id, plane)
order by key.key_no, roi.roi
