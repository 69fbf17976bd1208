-- Columns of computed tables and their parts that can be written, in table order. One row per column.
select
    t.table_name,
    coalesce(t.master, t.table_name) as master,
    a.attname as column_name,
    quote_ident(a.attname) as sql_name,
    coalesce(nullif(y.typbasetype, 0), y.oid)::bigint as type_oid,
    format_type(coalesce(nullif(y.typbasetype, 0), y.oid), null) as type_name,
    exists (
        select from pg_catalog.pg_constraint as c
        where c.conrelid = a.attrelid and c.contype = 'p' and a.attnum = any (c.conkey)) as is_primary
from engine.table_info as t
join engine.table_info as m on m.table_name = coalesce(t.master, t.table_name) and engine.served(m)
join pg_catalog.pg_attribute as a on a.attrelid = t.relation and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
join pg_catalog.pg_type as y on y.oid = a.atttypid
order by t.table_name, a.attnum
