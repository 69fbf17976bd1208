-- Sessions with trials of change detection that start within a quarter of an hour of another one of their mouse, and have no flag for it:
-- two that are loaded at the same time do not see each other. Column: session_id.
select distinct session.session_id::text as session_id
from task.change_session
join core.session using (session_id)
join core.session as other
    on other.subject_id = session.subject_id
    and other.session_id <> session.session_id
    and other.start_time between session.start_time - interval '15 minutes' and session.start_time + interval '15 minutes'
where not exists (
    select from core.session_issue as held
    where held.session_id = session.session_id and held.dataset = $1 and held.issue_type = 'OverlappingSessions'
)
