-- Traces of planes. $1 array of rows.
insert into imaging.trace (session_id, plane, kind, n_frames, unit, trace_array_id)
select session_id, plane, kind, n_frames, unit, trace_array_id
from jsonb_populate_recordset(null::imaging.trace, $1::jsonb)
