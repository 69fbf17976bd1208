-- The dates of sessions whose trials are loaded: the colony database may have moved one to another date, or a new session to a date of trials.
insert into task.training_day (subject_id, date)
select distinct
    session.subject_id,
    session.session_date
from core.session
join task.choice_session using (session_id)
join alyx_session_key as k using (session_id)
order by session.subject_id, session.session_date
on conflict do nothing
