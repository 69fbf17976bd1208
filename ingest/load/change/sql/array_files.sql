-- Files of the array store that a session's loaded arrays are in. $1 session_id. Column: file.
select distinct a.file
from (
    select c.frame_times_array_id as array_id from task.change_session as c where c.session_id = $1::uuid
    union all
    select r.times_array_id from task.running_recording as r where r.session_id = $1::uuid
    union all
    select e.times_array_id from task.eye_recording as e where e.session_id = $1::uuid
    union all
    select p.frame_times_array_id from imaging.plane as p where p.session_id = $1::uuid
    union all
    select t.trace_array_id from imaging.trace as t where t.session_id = $1::uuid
    union all
    select unnest(array[t.warped_array_id, t.unwarped_array_id])
    from task.session_template as s
    join task.stimulus_template as t using (template_id)
    where s.session_id = $1::uuid
) as own
join store.array as a using (array_id)
