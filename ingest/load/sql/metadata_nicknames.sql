-- Subjects of a lab, the one that is asked for first. $1 the lab, $2 its name.
select nickname
from core.subject
where lab_name = $1
order by nickname = $2 desc, nickname
limit 5000
