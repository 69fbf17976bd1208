-- Subjects of sessions that are new. Columns: lab_name, nickname.
select distinct l.lab_name, l.nickname
from listed_session as l
join listed_session_key as k using (place)
where not k.is_held
order by l.lab_name, l.nickname
