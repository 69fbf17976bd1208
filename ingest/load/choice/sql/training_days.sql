-- The dates of sessions whose trials are loaded; for sessions that are new, or whose subject or date has changed. $1 sessions.
insert into task.training_day (subject_id, date)
select distinct
    session.subject_id,
    session.session_date
from core.session
join task.choice_session using (session_id)
where session.session_id = any ($1::text[]::uuid[])
order by session.subject_id, session.session_date
on conflict do nothing
