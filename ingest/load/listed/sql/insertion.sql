-- Probe insertions. One that is known stays with its session.
select distinct on (m.insertion_id)
    m.insertion_id as probe_insertion_id,
    coalesce(held.session_id, k.session_id) as session_id,
    coalesce(held.insertion_name, m.insertion_name) as insertion_name
from listed_insertion as m
join listed_key as k using (identifier)
left join core.probe_insertion as held on held.probe_insertion_id = m.insertion_id
where m.insertion_name is not null or held.insertion_name is not null
order by m.insertion_id, m.list_name
