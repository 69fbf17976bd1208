-- Ways in which cages are enriched.
select distinct on (m.name)
    m.name as enrichment_name,
    m.pk as enrichment_id,
    m.description
from alyx_enrichment as m
where m.name is not null
order by m.name, m.pk
