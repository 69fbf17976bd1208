-- Species.
select distinct on (m.name)
    m.name as species_name,
    m.pk as species_id,
    m.nickname
from alyx_species as m
where m.name is not null
order by m.name, m.pk
