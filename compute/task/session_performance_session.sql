-- The source's own counts of a session, for task.session_performance.
select
    key.key_no,
    choice_session.n_trials,
    choice_session.n_correct
from key
join task.choice_session using (session_id)
order by key.key_no
