-- Licks of a session's trials, for task.change_performance.
select
    key.key_no,
    change_trial_lick.trial,
    change_trial_lick.time_s
from key
join task.change_trial_lick using (session_id)
order by key.key_no, change_trial_lick.trial, change_trial_lick.lick
