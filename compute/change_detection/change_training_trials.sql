-- Trials of a subject's sessions of change detection, session by session, for task.change_training.
select
    key.key_no,
    change_trial.session_id,
    change_trial.trial,
    change_trial.start_s,
    change_trial.trial_length_s,
    change_trial.change_s,
    change_trial.is_go,
    change_trial.is_catch,
    change_trial.is_auto_rewarded,
    change_trial.is_aborted,
    change_trial.is_hit,
    change_trial.is_miss,
    change_trial.is_false_alarm,
    change_trial.is_correct_reject,
    change_trial.reward_volume_ml
from key
join core.session using (subject_id)
join task.change_session using (session_id)
join task.change_trial using (session_id)
order by key.key_no, session.session_date, session.start_time, session.session_number, session.session_id, change_trial.trial
