-- Trials of a session in order, for task.trial_tally.
select
    key.key_no,
    choice_trial.trial,
    choice_trial.signed_contrast,
    choice_trial.choice,
    choice_trial.feedback_type,
    choice_trial.probability_left,
    choice_trial.stim_on_s,
    choice_trial.response_s
from key
join task.choice_trial using (session_id)
order by key.key_no, choice_trial.trial
