-- Trials of a session, for task.change_performance. Numbered from 1 without a hole.
select
    key.key_no,
    change_trial.trial,
    change_trial.start_s,
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
join task.change_trial using (session_id)
order by key.key_no, change_trial.trial
