-- Labs in which a session and its subject are held. $1 sources and $2 identifiers of the session, $3 key that it gets when new,
-- $4 source and $5 identifier of the subject in it (empty: it has none of its own there).
-- Columns: is_session, lab_name; the session first, no row for what is not known.
select true as is_session, s.lab_name
from core.session as s
where
    s.session_id = $3::uuid
    or s.session_id in (
        select a.session_id
        from unnest($1::text[], $2::text[]) as f (source, identifier)
        join core.session_alias as a on a.source = f.source and a.identifier = f.identifier
    )
union all
select false, subject.lab_name
from core.subject_alias as a
join core.subject as subject using (subject_id)
where a.source = $4 and a.identifier = $5 and $5 <> ''
order by is_session desc, lab_name
