-- Events of a session's trials, for task.movement_time_set.
select
    key.key_no,
    choice_trial.trial,
    choice_trial.stim_on_s,
    choice_trial.go_cue_s,
    choice_trial.response_s,
    choice_trial.feedback_s,
    choice_trial.quiescent_period_s
from key
join task.choice_trial using (session_id)
order by key.key_no, choice_trial.trial
