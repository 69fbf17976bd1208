-- Breeding lines.
select distinct on (m.name)
    m.name as line_name,
    m.pk as line_id,
    m.nickname,
    species.name as species_name,
    strain.name as strain_name,
    m.description,
    m.target_phenotype,
    m.is_active
from alyx_line as m
left join alyx_name as species on species.kind = 'species' and species.key = m.species
left join alyx_name as strain on strain.kind = 'strain' and strain.key = m.strain
where m.name is not null
order by m.name, m.pk
