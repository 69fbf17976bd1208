-- $1 sessions, $2 people.
insert into core.session_member (session_id, user_name)
select f.session_id::uuid, f.user_name
from unnest($1::text[], $2::text[]) as f (session_id, user_name)
order by f.session_id
on conflict do nothing
