-- What was noticed about sessions when they were loaded, and what kept others from being loaded?
-- :param lab text default '%' of core.lab.lab_name -- pattern of the lab's name; with % sessions of no known lab count too
-- :param type text default '%' of core.session_issue.issue_type, core.session_error.error_type -- pattern of the kind of issue
-- :column kind text -- issue (the session was loaded) or error (it was not)
-- :column lab_name text -- lab, where known
-- :column subject_nickname text -- subject, where the session is loaded
-- :column session_date date -- date, where the session is loaded
-- :column session_number integer -- number, where the session is loaded
-- :column issue_type text -- name of the kind of issue or error
-- :column dataset text -- dataset or file concerned
-- :column message text -- what was found and what was expected
-- :column identifier text -- the session's key, or the source's identifier
\if :{?lab} \else \set lab '%' \endif
\if :{?type} \else \set type '%' \endif
with noticed as (
    select
        'issue' as kind,
        session.lab_name,
        session.subject_nickname,
        session.session_date,
        session.session_number,
        session_issue.issue_type,
        session_issue.dataset,
        session_issue.message,
        session_issue.session_id::text as identifier
    from core.session_issue
    join core.session_context as session using (session_id)
    union all
    select
        'error',
        session_error.lab_name,
        session.subject_nickname,
        session.session_date,
        session.session_number,
        session_error.error_type,
        session_error.file_path,
        session_error.message,
        session_error.source || ':' || session_error.identifier
    from core.session_error
    left join core.session_context as session using (session_id)
    where session_error.resolved_at is null
)
select
    kind,
    lab_name,
    subject_nickname,
    session_date,
    session_number,
    issue_type,
    dataset,
    message,
    identifier
from noticed
where coalesce(lab_name, '') like :'lab'
    and issue_type like :'type'
order by kind, lab_name, subject_nickname, session_date, session_number, issue_type, dataset, message;
