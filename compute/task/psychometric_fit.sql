-- Trials of a session, for task.psychometric_fit.
select
    key.key_no,
    choice_trial.trial,
    choice_trial.signed_contrast,
    choice_trial.choice,
    choice_trial.probability_left
from key
join task.choice_trial using (session_id)
order by key.key_no, choice_trial.trial
