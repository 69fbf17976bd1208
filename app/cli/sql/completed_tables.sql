-- Tables of the data, as completion offers them.
select n.nspname || '.' || c.relname
from pg_catalog.pg_class as c
join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
where c.relkind in ('r', 'p')
    and not c.relispartition
    and n.nspname not like 'pg\_%'
    and n.nspname not in ('information_schema', 'engine')
order by 1
