-- Subjects whose nickname another subject of their lab has. Columns: pk, nickname, lab.
select m.pk::text as pk, m.nickname, lab.name as lab_name
from alyx_subject as m
join alyx_name as lab on lab.kind = 'lab' and lab.key = m.lab
where m.nickname is not null and not exists (select from alyx_subject_key as k where k.pk = m.pk)
order by m.place
limit 500
