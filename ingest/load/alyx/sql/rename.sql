-- Names that have changed, unless another row is called so. {table}, {name}, {id}: where names are; {objects}: what tells them;
-- {value}: their column of names.
update {table} as held
set {name} = {value}
from {objects} as m
where held.{id} = m.pk
    and held.{name} <> {value}
    and not exists (select from {table} as other where other.{name} = {value})
