-- Names that the database has, by UUID and by themselves. {kind}: their kind; {table}, {name}, {id}: where they are.
insert into alyx_name (kind, key, name)
select '{kind}', {id}::text, {name} from {table} where {id} is not null
union all
select '{kind}', {name}, {name} from {table}
on conflict do nothing
