-- UUIDs that now belong to other names. Words as in rename.sql.
update {table} as held
set {id} = null
from {objects} as m
where held.{id} = m.pk and held.{name} <> {value}
