-- What leads to places: UUIDs of the objects.
insert into alyx_place (key, lab_name, place_name)
select m.pk::text, coalesce(lab.name, 'cortexlab'), m.name
from alyx_lablocation as m
left join alyx_name as lab on lab.kind = 'lab' and lab.key = m.lab
join core.place as p on p.lab_name = coalesce(lab.name, 'cortexlab') and p.place_name = m.name
where m.pk is not null and (m.lab is null or lab.name is not null)
