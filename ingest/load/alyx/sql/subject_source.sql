-- Where animals and alleles come from.
select distinct on (m.name)
    m.name as source_name,
    m.pk as source_id,
    m.description
from alyx_source as m
where m.name is not null
order by m.name, m.pk
