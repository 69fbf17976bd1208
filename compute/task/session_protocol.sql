-- What a session was run as: decides how its trials are grouped into blocks.
select
    key.key_no,
    session.task_protocol
from key
join core.session using (session_id)
order by key.key_no
