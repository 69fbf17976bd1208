-- A foreign key to a partitioned table has one entry of its own in the catalogue for each partition of that table: these are not
-- parents of a key.

create or replace function engine.key_parents(p_table regclass)
returns table (parent_no integer, parent regclass, columns text[], referenced text[])
language sql stable as $$
    with pk as (select engine.primary_key_columns(p_table) as columns),
    fk as (
        select
            c.conname,
            c.confrelid::regclass as parent,
            array_agg(a.attname::text order by k.position) as columns,
            array_agg(r.attname::text order by k.position) as referenced
        from pg_catalog.pg_constraint as c
        cross join lateral unnest(c.conkey, c.confkey) with ordinality as k (attnum, refnum, position)
        join pg_catalog.pg_attribute as a on a.attrelid = c.conrelid and a.attnum = k.attnum
        join pg_catalog.pg_attribute as r on r.attrelid = c.confrelid and r.attnum = k.refnum
        where c.conrelid = p_table and c.contype = 'f'
          and not exists (select from pg_catalog.pg_constraint as whole where whole.oid = c.conparentid and whole.conrelid = c.conrelid)
        group by c.conname, c.confrelid
    )
    select row_number() over (order by array_position(pk.columns, fk.columns[1]), fk.conname)::integer,
           fk.parent, fk.columns, fk.referenced
    from fk cross join pk
    where fk.columns <@ pk.columns;
$$;
