-- Files of the array store that a session's loaded arrays are in.
-- $1 session_id.
-- Column: file.
select distinct a.file
from (
    select unnest(array[w.position_array_id, w.times_array_id]) as array_id
    from task.wheel_recording as w
    where w.session_id = $1::uuid
    union all
    select unnest(array[p.frame_times_array_id, p.frame_led_array_id])
    from photometry.photometry_session as p
    where p.session_id = $1::uuid
    union all
    select b.times_array_id
    from photometry.band as b
    where b.session_id = $1::uuid
    union all
    select s.signal_array_id
    from photometry.band_signal as s
    where s.session_id = $1::uuid
) as own
join store.array as a using (array_id)
