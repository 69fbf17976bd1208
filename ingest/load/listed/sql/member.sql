-- Sessions that the lists name.
select distinct m.list_name, m.identifier, k.session_id
from listed_member as m
left join listed_key as k using (identifier)
