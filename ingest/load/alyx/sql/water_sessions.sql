-- What session trees call the sessions that the given water was earned in. Column: identifier.
select distinct a.identifier
from alyx_wateradministration as m
join alyx_session_ref as r on r.key = m.session
join core.session_alias as a on a.session_id = r.session_id and a.source = 'ibl'
