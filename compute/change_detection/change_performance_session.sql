-- How many trials a session is said to have, and where its response window starts, for task.change_performance.
select
    key.key_no,
    change_session.n_trials,
    change_session.response_window_start_s
from key
join task.change_session using (session_id)
order by key.key_no
