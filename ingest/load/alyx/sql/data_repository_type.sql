-- Kinds of repository.
select distinct on (m.name)
    m.name as repository_type,
    m.pk as repository_type_id
from alyx_datarepositorytype as m
where m.name is not null
order by m.name, m.pk
