-- Genetic backgrounds.
select distinct on (m.name)
    m.name as strain_name,
    m.pk as strain_id,
    m.description
from alyx_strain as m
where m.name is not null
order by m.name, m.pk
