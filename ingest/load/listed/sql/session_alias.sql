-- Names of the sessions: their UUID in the colony database, what session trees call them, and the folders that their datasets lie in.
-- A name that a session has already stays that session's.
with named as (
    select 0 as rank, 'alyx' as source, l.eid::text as identifier, k.session_id
    from listed_session as l
    join listed_session_key as k using (place)
    where l.eid is not null and k.is_taken
    union all
    select
        1,
        'ibl',
        l.lab_name || '/' || l.nickname || '/' || l.session_date || '/'
            || lpad(l.session_number::text, greatest(3, length(l.session_number::text)), '0'),
        k.session_id
    from listed_session as l
    join listed_session_key as k using (place)
    where l.session_number is not null and k.is_taken
    union all
    select 2, 'ibl', d.tree, k.session_id
    from (select distinct identifier, tree from listed_dataset where tree is not null) as d
    join listed_session as l on l.identifier = d.identifier
    join listed_session_key as k using (place)
    where k.is_taken
)
select distinct on (source, identifier) source, identifier, session_id
from named
where not exists (
    select from core.session_alias as held where held.source = named.source and held.identifier = named.identifier
)
order by source, identifier, rank, session_id
