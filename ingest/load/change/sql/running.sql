-- Running recordings, whose arrays are in the store. $1 array of rows.
insert into task.running_recording (
    session_id, n_samples, start_s, end_s, mean_speed_cm_s, is_sign_turned, times_array_id, speed_array_id, speed_unfiltered_array_id,
    dx_array_id, signal_voltage_array_id, supply_voltage_array_id
)
select
    session_id, n_samples, start_s, end_s, mean_speed_cm_s, is_sign_turned, times_array_id, speed_array_id, speed_unfiltered_array_id,
    dx_array_id, signal_voltage_array_id, supply_voltage_array_id
from jsonb_populate_recordset(null::task.running_recording, $1::jsonb)
order by session_id
