-- Labs that are new. $1 labs.
insert into core.lab (lab_name)
select distinct f.lab_name
from unnest($1::text[]) as f (lab_name)
where not exists (select from core.lab as lab where lab.lab_name = f.lab_name)
order by f.lab_name
on conflict do nothing
