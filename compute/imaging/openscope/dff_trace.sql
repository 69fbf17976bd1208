-- The dF/F of a plane as a reference to the array store, for imaging.roi_signal_set and imaging.selectivity_set.
select key.key_no, trace_array.ref as trace_ref
from key
join imaging.trace on trace.session_id = key.session_id and trace.plane = key.plane and trace.kind = 'dff'
left join store.array as trace_array on trace_array.array_id = trace.trace_array_id
order by key.key_no
