-- What leads to sessions: identifiers of the lists, and those that other tables name and the database knows.
insert into listed_key (identifier, session_id)
select l.identifier, k.session_id
from listed_session as l
join listed_session_key as k using (place)
union
select named.identifier, coalesce(a.session_id, own.session_id)
from (
    select identifier from listed_member
    union
    select identifier from listed_insertion
    union
    select identifier from listed_field
    union
    select identifier from listed_dataset
) as named
left join core.session_alias as a on a.source = 'alyx' and a.identifier = named.identifier
left join core.session as own on own.session_id::text = named.identifier
where
    coalesce(a.session_id, own.session_id) is not null
    and not exists (select from listed_session as l where l.identifier = named.identifier)
union
-- Datasets that name their session by its folder alone.
select d.identifier, min(a.session_id::text)::uuid
from listed_dataset as d
join core.session_alias as a on a.source = 'ibl' and a.identifier = d.tree
where d.identifier like '%/%/%' and not exists (select from listed_session as l where l.identifier = d.identifier)
group by d.identifier
having count(distinct a.session_id) = 1
