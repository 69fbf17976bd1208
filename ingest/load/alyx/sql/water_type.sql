-- Kinds of fluid.
select distinct on (m.name)
    m.name as water_type_name,
    m.pk as water_type_id
from alyx_watertype as m
where m.name is not null
order by m.name, m.pk
