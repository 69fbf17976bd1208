-- Breeding pairs; who the parents are comes after the subjects.
select distinct on (m.name)
    m.name as breeding_pair_name,
    m.pk as breeding_pair_id,
    line.name as line_name,
    m.description,
    m.start_date,
    m.end_date
from alyx_breedingpair as m
left join alyx_name as line on line.kind = 'line' and line.key = m.line
where m.name is not null
order by m.name, m.pk
