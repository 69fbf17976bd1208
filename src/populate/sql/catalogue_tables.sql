-- Registered computed tables with their dependencies. One row per table; lists joined by commas.
select
    t.table_name,
    t.about,
    t.code_version,
    array_to_string(t.key_columns, ',') as key_columns,
    (select count(*) from engine.table_input as i where i.table_name = t.table_name)::integer as sources,
    coalesce((select string_agg(distinct i.input_table, ',' order by i.input_table)
              from engine.computed_inputs(t.table_name) as i), '') as depends_on,
    coalesce((select string_agg(distinct n.nspname || '.' || c.relname, ',')
              from engine.key_parents(t.table_name::regclass) as k
              join pg_catalog.pg_class as c on c.oid = k.parent
              join pg_catalog.pg_namespace as n on n.oid = c.relnamespace), '') as parents,
    coalesce((select string_agg(p.table_name, ',' order by p.table_name)
              from engine.table_info as p where p.master = t.table_name), '') as parts
from engine.table_info as t
where t.tier = 'computed'
order by t.table_name
