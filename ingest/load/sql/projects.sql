-- Projects that are new. $1 projects.
insert into core.project (project_name)
select distinct f.project_name
from unnest($1::text[]) as f (project_name)
where not exists (select from core.project as p where p.project_name = f.project_name)
order by f.project_name
on conflict do nothing
