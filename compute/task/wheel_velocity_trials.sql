-- From when to when the wheel answers in each trial, for task.wheel_velocity.
select
    key.key_no,
    choice_trial.trial,
    choice_trial.stim_on_s,
    choice_trial.feedback_s
from key
join task.choice_trial using (session_id)
order by key.key_no, choice_trial.trial
