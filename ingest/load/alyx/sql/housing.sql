-- Conditions in which cages are kept.
select
    m.pk as housing_id,
    m.cage_name,
    food.name as food_name,
    cage_type.name as cage_type_name,
    enrichment.name as enrichment_name,
    case when m.cage_cleaning_frequency_days >= 0 then m.cage_cleaning_frequency_days end as cleaning_interval_days,
    case when m.light_cycle in (0, 1) then m.light_cycle::smallint end as light_cycle
from alyx_housing as m
left join alyx_name as food on food.kind = 'food' and food.key = m.food
left join alyx_name as cage_type on cage_type.kind = 'cage_type' and cage_type.key = m.cage_type
left join alyx_name as enrichment on enrichment.kind = 'enrichment' and enrichment.key = m.enrichment
