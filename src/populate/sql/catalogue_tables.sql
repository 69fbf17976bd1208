-- Registered computed tables that the engine serves, with their dependencies. One row per table; lists of names joined by
-- unit separators. Tables whose registration no longer holds are left out: engine.table_info.broken says why.
select
    t.table_name,
    t.about,
    t.code_version,
    g.stem,
    array_to_string(t.key_columns, e'\x1f') as key_columns,
    (select count(*) from engine.table_input as i where i.table_name = t.table_name)::integer as sources,
    coalesce((select string_agg(distinct i.input_table, e'\x1f' order by i.input_table)
              from engine.computed_inputs(t.table_name) as i), '') as depends_on,
    coalesce((select string_agg(distinct engine.plain_name(k.parent), e'\x1f')
              from engine.key_parents(t.relation) as k), '') as parents,
    coalesce((select string_agg(p.table_name, e'\x1f' order by p.table_name)
              from engine.table_info as p where p.master = t.table_name), '') as parts
from engine.table_info as t
join engine.generated_name as g using (relation)
where t.tier = 'computed' and engine.served(t)
order by t.table_name
