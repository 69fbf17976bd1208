-- Places that sessions name are of their labs.
insert into core.place (lab_name, place_name)
select distinct m.lab, m.location
from alyx_session as m
join core.lab on lab_name = m.lab
where length(m.location) <> 36
on conflict do nothing
