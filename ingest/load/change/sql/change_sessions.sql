-- Sessions with their task's settings. $1 array of rows.
insert into task.change_session as held (
    session_id, origin, n_trials, trials_start_s, trials_end_s, is_passive, session_type, image_set, task_name, stimulus, stimulus_name,
    stimulus_distribution, stimulus_duration_s, blank_duration_min_s, blank_duration_max_s, response_window_start_s,
    response_window_end_s, omitted_flash_fraction, reward_volume_ml, auto_reward_volume_ml, n_stimulus_frames, stimulus_frame_rate_hz,
    monitor_delay_s, behavior_session_uuid, frame_times_array_id, behavior_file
)
select
    session_id, origin, n_trials, trials_start_s, trials_end_s, is_passive, session_type, image_set, task_name, stimulus, stimulus_name,
    stimulus_distribution, stimulus_duration_s, blank_duration_min_s, blank_duration_max_s, response_window_start_s,
    response_window_end_s, omitted_flash_fraction, reward_volume_ml, auto_reward_volume_ml, n_stimulus_frames, stimulus_frame_rate_hz,
    monitor_delay_s, behavior_session_uuid, frame_times_array_id, behavior_file
from jsonb_populate_recordset(null::task.change_session, $1::jsonb)
order by session_id
on conflict (session_id) do update
set
    origin = excluded.origin,
    n_trials = excluded.n_trials,
    trials_start_s = excluded.trials_start_s,
    trials_end_s = excluded.trials_end_s,
    is_passive = excluded.is_passive,
    session_type = excluded.session_type,
    image_set = excluded.image_set,
    task_name = excluded.task_name,
    stimulus = excluded.stimulus,
    stimulus_name = excluded.stimulus_name,
    stimulus_distribution = excluded.stimulus_distribution,
    stimulus_duration_s = excluded.stimulus_duration_s,
    blank_duration_min_s = excluded.blank_duration_min_s,
    blank_duration_max_s = excluded.blank_duration_max_s,
    response_window_start_s = excluded.response_window_start_s,
    response_window_end_s = excluded.response_window_end_s,
    omitted_flash_fraction = excluded.omitted_flash_fraction,
    reward_volume_ml = excluded.reward_volume_ml,
    auto_reward_volume_ml = excluded.auto_reward_volume_ml,
    n_stimulus_frames = excluded.n_stimulus_frames,
    stimulus_frame_rate_hz = excluded.stimulus_frame_rate_hz,
    monitor_delay_s = excluded.monitor_delay_s,
    behavior_session_uuid = excluded.behavior_session_uuid,
    frame_times_array_id = excluded.frame_times_array_id,
    behavior_file = excluded.behavior_file
