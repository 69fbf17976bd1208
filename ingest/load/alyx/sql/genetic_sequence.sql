-- Sequences that genotype tests look for.
select distinct on (m.name)
    m.name as sequence_name,
    m.pk as sequence_id,
    m.base_pairs,
    m.description
from alyx_sequence as m
where m.name is not null
order by m.name, m.pk
