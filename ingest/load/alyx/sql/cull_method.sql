-- Ways in which subjects are put to death.
select distinct on (m.name)
    m.name as cull_method_name,
    m.pk as cull_method_id,
    m.description
from alyx_cullmethod as m
where m.name is not null
order by m.name, m.pk
