-- When the session's trials begin and end, to which signals are restricted.
select
    key.key_no,
    choice_session.trials_start_s,
    choice_session.trials_end_s
from key
join task.choice_session using (session_id)
order by key.key_no
