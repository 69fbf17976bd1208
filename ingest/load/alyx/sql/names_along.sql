-- Names that objects use and nothing tells more of. {table}: where they belong; {name}: its column; {value}: the objects' column;
-- {objects}: the objects; {join}: their list, where the names are its members. UUIDs are no names.
insert into {table} ({name})
select distinct {value}
from {objects} as m{join}
where {value} is not null and length({value}) <> 36
on conflict do nothing
