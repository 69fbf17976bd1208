-- Projects.
select distinct on (m.name)
    m.name as project_name,
    m.pk as project_id,
    m.description
from alyx_project as m
where m.name is not null
order by m.name, m.pk
