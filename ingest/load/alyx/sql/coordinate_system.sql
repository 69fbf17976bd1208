-- Systems in which places in the brain are given.
select distinct on (m.name)
    m.name as coordinate_system_name,
    m.pk as coordinate_system_id,
    m.description
from alyx_coordinatesystem as m
where m.name is not null
order by m.name, m.pk
