-- Files of the array store that a session's loaded arrays are in. $1 session_id. Column: file.
select distinct a.file
from task.nwb_series as s
join store.array as a on a.array_id in (s.data_array_id, s.times_array_id)
where s.session_id = $1::uuid
