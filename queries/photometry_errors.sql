-- What is wrong with photometry sessions: the error log, and what each error means?
-- :param lab text default '%' -- pattern of the lab's name; with % sessions that were not loaded count too
-- :param type text default '%' -- pattern of the kind of error
-- :param blocking boolean default 'false' -- only errors that keep a session out of analyses
-- :column eid uuid -- the session; null when it is not known
-- :column lab_name text -- lab, where the session is loaded
-- :column subject text -- subject, where the session is loaded
-- :column session_date date -- date, where the session is loaded
-- :column error_type text -- kind of error
-- :column error_message text -- what was found
-- :column stage text -- where such errors arise; null for kinds that are not listed
-- :column is_fatal boolean -- whether the stage ends there for the session
-- :column is_blocker boolean -- whether analyses leave the session out
\if :{?lab} \else \set lab '%' \endif
\if :{?type} \else \set type '%' \endif
\if :{?blocking} \else \set blocking 'false' \endif
select
    error.eid,
    session.lab_name,
    session.subject_nickname as subject,
    session.session_date,
    error.error_type,
    error.error_message,
    error_type.stage,
    error_type.is_fatal,
    error_type.is_blocker
from analysis.photometry_error as error
left join photometry.error_type using (error_type)
left join core.session_context as session on session.session_id = error.eid
where coalesce(session.lab_name, '') like :'lab'
    and error.error_type like :'type'
    and (coalesce(error_type.is_blocker, false) or not :'blocking'::boolean)
order by session.lab_name, session.subject_nickname, session.session_date, error.eid, error.error_type, error.error_message;
