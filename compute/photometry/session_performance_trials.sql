-- Trials of a session, for photometry.session_performance.
select
    key.key_no,
    choice_trial.trial,
    choice_trial.signed_contrast,
    choice_trial.choice,
    choice_trial.feedback_type,
    choice_trial.probability_left,
    choice_trial.stim_on_s,
    choice_trial.first_movement_s,
    choice_trial.feedback_s
from key
join task.choice_trial using (session_id)
order by key.key_no, choice_trial.trial
