-- Events of a plane as a reference to the array store, for imaging.filtered_events.
select
    key.key_no,
    plane.frame_rate_hz,
    plane.n_rois,
    events_array.ref as events_ref
from key
join imaging.plane using (session_id, plane)
left join imaging.trace on trace.session_id = key.session_id and trace.plane = key.plane and trace.kind = 'events'
left join store.array as events_array on events_array.array_id = trace.trace_array_id
order by key.key_no
