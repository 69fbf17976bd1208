-- The subjects of sessions that are new: that of the name in session trees, else that of lab and nickname.
update listed_session_key as k
set subject_id = coalesce(a.subject_id, s.subject_id)
from listed_session as l
left join core.subject_alias as a on a.source = 'ibl' and a.identifier = l.lab_name || '/' || l.nickname
left join core.subject as s on s.lab_name = l.lab_name and s.nickname = l.nickname
where l.place = k.place and k.subject_id is null
