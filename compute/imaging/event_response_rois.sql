-- ROIs of a plane in the order of its traces' columns, for imaging.event_response.
select
    key.key_no,
    roi.roi,
    roi.is_valid is distinct from false as is_cell
from key
join imaging.roi using (session_id, plane)
order by key.key_no, roi.roi
