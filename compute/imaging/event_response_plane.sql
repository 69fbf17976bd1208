-- Traces and frame times of a plane, as references to the array store, for imaging.event_response.
select
    key.key_no,
    event_response_params.trace_kind,
    trace.unit,
    trace_array.ref as trace_ref,
    times_array.ref as times_ref
from key
join imaging.event_response_params using (params_id)
join imaging.plane using (session_id, plane)
left join imaging.trace
    on trace.session_id = key.session_id and trace.plane = key.plane and trace.kind = event_response_params.trace_kind
left join store.array as trace_array on trace_array.array_id = trace.trace_array_id
left join store.array as times_array on times_array.array_id = plane.frame_times_array_id
order by key.key_no
