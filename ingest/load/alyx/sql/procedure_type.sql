-- Kinds of procedure.
select distinct on (m.name)
    m.name as procedure_name,
    m.pk as procedure_id,
    m.description
from alyx_proceduretype as m
where m.name is not null
order by m.name, m.pk
