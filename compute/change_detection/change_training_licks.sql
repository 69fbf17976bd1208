-- Licks of these trials, for task.change_training. In the order of change_training_trials.sql.
select
    key.key_no,
    change_trial_lick.session_id,
    change_trial_lick.trial,
    change_trial_lick.time_s
from key
join core.session using (subject_id)
join task.change_session using (session_id)
join task.change_trial_lick using (session_id)
order by
    key.key_no, session.session_date, session.start_time, session.session_number, session.session_id, change_trial_lick.trial,
    change_trial_lick.lick
