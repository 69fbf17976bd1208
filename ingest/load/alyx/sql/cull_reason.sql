-- Reasons for it.
select distinct on (m.name)
    m.name as cull_reason_name,
    m.pk as cull_reason_id,
    m.description
from alyx_cullreason as m
where m.name is not null
order by m.name, m.pk
