-- UUIDs that now belong to other places.
update core.place as held
set place_id = null
from alyx_lablocation as m
left join alyx_name as lab on lab.kind = 'lab' and lab.key = m.lab
where held.place_id = m.pk
    and (held.place_name <> m.name or held.lab_name <> coalesce(lab.name, 'cortexlab'))
