-- Encoder voltages, times and the source's own speed of a session, as references to the array store, for task.change_running.
select
    key.key_no,
    times_array.ref as times_ref,
    signal_array.ref as signal_ref,
    supply_array.ref as supply_ref,
    speed_array.ref as speed_ref
from key
join task.running_recording using (session_id)
left join store.array as times_array on times_array.array_id = running_recording.times_array_id
left join store.array as signal_array on signal_array.array_id = running_recording.signal_voltage_array_id
left join store.array as supply_array on supply_array.array_id = running_recording.supply_voltage_array_id
left join store.array as speed_array on speed_array.array_id = running_recording.speed_array_id
order by key.key_no
