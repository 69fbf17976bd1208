-- Movements of a session's wheel in their order, for task.movement_time_set.
select
    key.key_no,
    wheel_movement.movement,
    wheel_movement.onset_s,
    wheel_movement.peak_amplitude_rad
from key
join task.wheel_movement using (session_id, wheel_movement_params_id)
order by key.key_no, wheel_movement.movement
