-- Position and times of a session's wheel, as references to the array store.
select
    key.key_no,
    position_array.ref as position_ref,
    times_array.ref as times_ref
from key
join task.wheel_recording using (session_id)
left join store.array as position_array on position_array.array_id = wheel_recording.position_array_id
left join store.array as times_array on times_array.array_id = wheel_recording.times_array_id
order by key.key_no
