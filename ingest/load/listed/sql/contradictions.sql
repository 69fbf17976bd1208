-- Rows of sessions that are known with another subject, date or number: the session stays as it is known. Rows of one session that
-- another row is already. Columns: place, identifier, session_id, column_name, held, told.
with compared as (
    select
        l.place,
        l.identifier,
        k.session_id,
        other.column_name,
        other.held,
        other.told,
        other.position
    from listed_session as l
    join listed_session_key as k using (place)
    join core.session on session.session_id = k.session_id
    join core.subject on subject.subject_id = session.subject_id
    cross join lateral (
        values
            (1, 'subject', subject.nickname, l.nickname),
            (2, 'date', session.session_date::text, l.session_date::text),
            (3, 'number', session.session_number::text, l.session_number::text)
    ) as other (position, column_name, held, told)
    where k.is_held and other.held <> other.told
)
select distinct on (place) place, identifier, session_id::text as session_id, column_name, held, told
from compared
order by place, position
