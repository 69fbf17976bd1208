-- Sessions that lists named before anything was known of them.
update core.session_list_member as m
set session_id = coalesce(a.session_id, own.session_id)
from core.session_list_member as waiting
left join core.session_alias as a on a.source = 'alyx' and a.identifier = waiting.identifier
left join core.session as own on own.session_id::text = waiting.identifier
where
    waiting.session_id is null
    and coalesce(a.session_id, own.session_id) is not null
    and m.list_name = waiting.list_name
    and m.identifier = waiting.identifier
