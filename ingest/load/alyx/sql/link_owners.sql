-- Owners whose list was told. Words as in link.sql.
select {key}
from {objects} as m
{join}
where m."{list}"
