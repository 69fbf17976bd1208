-- Rows given as JSON, written by primary key: for loaders of published tables, whose columns the catalogue knows.

create or replace function core.upsert_rows(p_table regclass, p_rows jsonb, out n_added bigint, out n_changed bigint)
language plpgsql as $$
declare
    v_given text[];
    v_key text[];
    v_other text[];
begin
    select array_agg(a.attname::text order by a.attnum)
    into v_given
    from pg_catalog.pg_attribute as a
    where a.attrelid = p_table
        and a.attnum > 0
        and not a.attisdropped
        and p_rows -> 0 ? a.attname;
    select array_agg(a.attname::text order by a.attnum)
    into v_key
    from pg_catalog.pg_index as i
    join pg_catalog.pg_attribute as a on a.attrelid = i.indrelid and a.attnum = any (i.indkey)
    where i.indrelid = p_table and i.indisprimary;
    if v_given is null then
        n_added := 0;
        n_changed := 0;
        return;
    end if;
    v_other := array(select c from unnest(v_given) with ordinality as g (c, n) where c <> all (v_key) order by n);
    execute format(
        'with written as (
             insert into %1$s as held (%2$s)
             select %2$s from jsonb_populate_recordset(null::%1$s, $1)
             order by %3$s
             on conflict (%3$s) do %4$s
             returning held.xmax = 0 as is_added
         )
         select count(*) filter (where is_added), count(*) filter (where not is_added) from written',
        p_table,
        (select string_agg(quote_ident(c), ', ' order by n) from unnest(v_given) with ordinality as g (c, n)),
        (select string_agg(quote_ident(c), ', ' order by n) from unnest(v_key) with ordinality as g (c, n)),
        case
            when cardinality(v_other) = 0 then 'nothing'
            else format(
                'update set %s where (%s) is distinct from (%s)',
                (select string_agg(format('%1$I = excluded.%1$I', c), ', ' order by n) from unnest(v_other) with ordinality as g (c, n)),
                (select string_agg(format('held.%I', c), ', ' order by n) from unnest(v_other) with ordinality as g (c, n)),
                (select string_agg(format('excluded.%I', c), ', ' order by n) from unnest(v_other) with ordinality as g (c, n)))
        end)
    using p_rows
    into n_added, n_changed;
end
$$;
comment on function core.upsert_rows(regclass, jsonb) is
    'Writes rows, an array of objects whose names are columns of the table, by the table''s primary key: new ones are added, others changed '
    'where a value differs, and nothing is written twice. The first object says which columns are given; others keep their defaults, and what '
    'is stored. Returns how many were added and changed. With the caller''s rights.';
