-- Times of a session's events, for photometry.response_set.
select
    key.key_no,
    choice_trial.trial,
    choice_trial.stim_on_s,
    choice_trial.first_movement_s,
    choice_trial.response_s,
    choice_trial.feedback_s
from key
join task.choice_trial using (session_id)
order by key.key_no, choice_trial.trial
