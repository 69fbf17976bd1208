-- Trials of all sessions of a set, for task.pooled_psychometric_fit.
select
    key.key_no,
    choice_trial.trial,
    choice_trial.signed_contrast,
    choice_trial.choice,
    choice_trial.feedback_type,
    choice_trial.stim_on_s,
    choice_trial.response_s
from key
join task.session_pool_member using (pool_id)
join task.choice_trial using (session_id)
order by key.key_no, choice_trial.session_id, choice_trial.trial
