-- Kinds of food.
select distinct on (m.name)
    m.name as food_name,
    m.pk as food_id,
    m.description
from alyx_food as m
where m.name is not null
order by m.name, m.pk
