-- What is wrong with photometry sessions: the error log, and what each error means?
-- :param lab text default '%' of core.lab.lab_name -- pattern of the lab's name; with % sessions that were not loaded count too
-- :param type text default '%' of analysis.photometry_error.error_type -- pattern of the kind of error
-- :param blocking boolean default 'false' -- only errors that keep a session out of analyses
-- :column session_id uuid -- the session; null when it is not known
-- :column lab_name text -- lab, where the session is loaded
-- :column subject_nickname text -- subject, where the session is loaded
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
    error.session_id,
    error.lab_name,
    error.subject_nickname,
    error.session_date,
    error.error_type,
    error.error_message,
    error_type.stage,
    error_type.is_fatal,
    error_type.is_blocker
from analysis.photometry_error as error
left join photometry.error_type using (error_type)
where coalesce(error.lab_name, '') like :'lab'
    and error.error_type like :'type'
    and (coalesce(error_type.is_blocker, false) or not :'blocking'::boolean)
order by error.lab_name, error.subject_nickname, error.session_date, error.session_id, error.error_type, error.error_message;
