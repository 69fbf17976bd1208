-- Who ran the sessions, as the rigs wrote it. $1 people.
insert into core.member (user_name)
select distinct f.user_name
from unnest($1::text[]) as f (user_name)
where not exists (select from core.member as m where m.user_name = f.user_name)
order by f.user_name
on conflict do nothing
