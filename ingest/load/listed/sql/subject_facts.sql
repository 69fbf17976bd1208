-- Strain and line of subjects of which nobody has told them.
update core.subject as s
set
    strain_name = coalesce(s.strain_name, told.strain_name),
    line_name = coalesce(s.line_name, told.line_name)
from (
    select k.subject_id, min(l.strain_name) as strain_name, min(l.line_name) as line_name
    from listed_session as l
    join listed_session_key as k using (place)
    where k.is_taken
    group by k.subject_id
    having count(distinct l.strain_name) <= 1 and count(distinct l.line_name) <= 1
) as told
where
    told.subject_id = s.subject_id
    and ((s.strain_name is null and told.strain_name is not null) or (s.line_name is null and told.line_name is not null))
