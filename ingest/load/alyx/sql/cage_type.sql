-- Kinds of cage.
select distinct on (m.name)
    m.name as cage_type_name,
    m.pk as cage_type_id,
    m.description
from alyx_cagetype as m
where m.name is not null
order by m.name, m.pk
