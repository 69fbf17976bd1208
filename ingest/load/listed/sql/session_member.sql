-- Who ran sessions.
select distinct k.session_id, link.name as user_name
from listed_link as link
join listed_session_key as k using (place)
where link.kind = 'member' and k.is_taken
