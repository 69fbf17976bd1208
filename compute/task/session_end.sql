-- Trials of a session, for task.session_end.
select
    key.key_no,
    choice_trial.trial,
    choice_trial.start_s,
    choice_trial.stim_on_s,
    choice_trial.response_s,
    choice_trial.feedback_type,
    choice_trial.signed_contrast,
    choice_trial.choice
from key
join task.choice_trial using (session_id)
order by key.key_no, choice_trial.trial
