-- Names that objects tell, by UUID. {kind}: their kind; {objects}: the objects; {value}: their column of names.
insert into alyx_name (kind, key, name)
select '{kind}', m.pk::text, {value}
from {objects} as m
where m.pk is not null and {value} is not null
on conflict do nothing
