-- Insertions that are known in another session. Columns: insertion_id, held, told.
select distinct m.insertion_id::text as insertion_id, held.session_id::text as held, m.identifier as told
from listed_insertion as m
join listed_key as k using (identifier)
join core.probe_insertion as held on held.probe_insertion_id = m.insertion_id
where held.session_id <> k.session_id
order by 1
limit 500
