-- Litters.
select distinct on (m.name)
    m.name as litter_name,
    m.pk as litter_id,
    line.name as line_name,
    pair.name as breeding_pair_name,
    m.descriptive_name,
    m.description,
    m.birth_date
from alyx_litter as m
left join alyx_name as line on line.kind = 'line' and line.key = m.line
left join alyx_name as pair on pair.kind = 'breeding_pair' and pair.key = m.breeding_pair
where m.name is not null
order by m.name, m.pk
