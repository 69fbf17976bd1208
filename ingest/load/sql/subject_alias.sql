-- The source's name of the subject. $1 lab, $2 nickname, $3 source, $4 identifier.
insert into core.subject_alias (source, identifier, subject_id)
select
    $3,
    $4,
    s.subject_id
from core.subject as s
where s.lab_name = $1 and s.nickname = $2
on conflict do nothing
