-- Insertions that the lists name.
select distinct m.list_name, m.insertion_id as probe_insertion_id
from listed_insertion as m
join core.probe_insertion as p on p.probe_insertion_id = m.insertion_id
