-- How many trials a session is said to have, for task.change_performance.
select
    key.key_no,
    change_session.n_trials
from key
join task.change_session using (session_id)
order by key.key_no
