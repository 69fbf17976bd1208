-- The dates of sessions whose trials are loaded. $1 sessions.
insert into task.training_day (subject_id, date)
select distinct
    session.subject_id,
    session.session_date
from core.session
where session.session_id = any ($1::text[]::uuid[])
order by session.subject_id, session.session_date
on conflict do nothing
