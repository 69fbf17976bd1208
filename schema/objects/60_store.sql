-- Who names arrays, arrays of a session, and what to do about arrays whose files are lost.

create or replace view store.array_owner as
select
    c.conrelid::regclass as relation,
    a.attname::text as column_name,
    coalesce(m.table_name, i.table_name, c.conrelid::regclass::text) as table_name,
    coalesce(coalesce(m.tier, i.tier) = 'computed', false) as is_computed
from pg_catalog.pg_constraint as c
join pg_catalog.pg_attribute as a on a.attrelid = c.conrelid and a.attnum = c.conkey[1]
left join engine.table_info as i on to_regclass(i.table_name) = c.conrelid
left join engine.table_info as m on m.table_name = i.master
where c.contype = 'f' and c.confrelid = 'store.array'::regclass and c.conparentid = 0;
comment on view store.array_owner is 'Columns that name arrays of the store. One row per column.';
comment on column store.array_owner.relation is 'Table that has the column.';
comment on column store.array_owner.column_name is 'The column, a reference to store.array.';
comment on column store.array_owner.table_name is 'Registered table that its rows belong to: for a part its master, else itself.';
comment on column store.array_owner.is_computed is 'Whether the rows are results, which can be computed again; else they were loaded.';

create or replace function store.requeue_lost(p_array_ids uuid[])
returns table (table_name text, n_keys bigint, is_pending boolean)
language plpgsql as $$
declare
    v_owner record;
    v_count bigint;
    v_lost text;
begin
    for v_owner in
        select o.relation as rel, o.column_name, o.table_name as owner, o.is_computed, i.key_columns
        from store.array_owner as o
        left join engine.table_info as i on i.table_name = o.table_name
        order by o.table_name, o.relation, o.column_name
    loop
        if v_owner.is_computed then
            v_lost := format('(select distinct %s from %s where %I = any ($1)) as lost',
                (select string_agg(quote_ident(k), ', ') from unnest(v_owner.key_columns) as k),
                v_owner.rel, v_owner.column_name);
            execute format('select count(*) from %s', v_lost) into v_count using p_array_ids;
            if v_count > 0 then
                execute format('select engine.%I(%s) from %s',
                    engine.function_name(v_owner.owner) || '__mark_stale',
                    (select string_agg(format('array_agg(%I)', k), ', ') from unnest(v_owner.key_columns) as k), v_lost)
                using p_array_ids;
                -- Also for who looks whether results are as their inputs are: refresh.
                execute format(
                    'update engine.run as r set stamps = ''{}'' from %s as t join %s using (%s) where r.run_id = t.run_id',
                    v_owner.owner, v_lost, (select string_agg(quote_ident(k), ', ') from unnest(v_owner.key_columns) as k))
                using p_array_ids;
            end if;
        else
            execute format('select count(*) from %s where %I = any ($1)', v_owner.rel, v_owner.column_name)
            into v_count using p_array_ids;
        end if;
        if v_count > 0 then
            table_name := v_owner.owner;
            n_keys := v_count;
            is_pending := v_owner.is_computed;
            return next;
        end if;
    end loop;
end
$$;
comment on function store.requeue_lost(uuid[]) is
    'Marks results stale whose arrays are lost, so that populate computes them again. Returns how many keys of which tables, and whether '
    'they are pending now; the others were loaded, and the next ingest of their files writes their arrays again.';

create or replace function store.lost_rows(p_array_ids uuid[])
returns table (table_name text, condition text)
language plpgsql stable as $$
declare
    v_owner record;
    v_above record;
    v_relation regclass;
    v_condition text;
    v_found jsonb := '{}';
    v_is_named boolean;
    v_unnamed text := format('array_id = any (%L::uuid[])', p_array_ids);
begin
    for v_owner in select * from store.array_owner order by relation::text, column_name loop
        v_unnamed := v_unnamed || format(' and not exists (select from %s as t where t.%I = array_id)', v_owner.relation, v_owner.column_name);
        continue when v_owner.is_computed;
        v_relation := v_owner.relation;
        v_condition := format('%I = any (%L::uuid[])', v_owner.column_name, p_array_ids);
        execute format('select exists (select from %s where %s)', v_relation, v_condition) into v_is_named;
        continue when not v_is_named;
        -- A row that belongs to another owner of arrays (a band to its recording) is lost with it.
        loop
            select c.confrelid::regclass as relation, k.own, k.referenced into v_above
            from pg_catalog.pg_constraint as c
            cross join lateral (
                select string_agg(quote_ident(o.attname), ', ' order by u.n) as own, string_agg(quote_ident(r.attname), ', ' order by u.n) as referenced
                from unnest(c.conkey, c.confkey) with ordinality as u (own, referenced, n)
                join pg_catalog.pg_attribute as o on o.attrelid = c.conrelid and o.attnum = u.own
                join pg_catalog.pg_attribute as r on r.attrelid = c.confrelid and r.attnum = u.referenced
            ) as k
            where c.contype = 'f' and c.conrelid = v_relation and c.confrelid <> v_relation
              and exists (select from store.array_owner as o where o.relation = c.confrelid and not o.is_computed)
            order by c.conname
            limit 1;
            exit when not found;
            v_condition := format('(%s) in (select %s from %s where %s)', v_above.referenced, v_above.own, v_relation, v_condition);
            v_relation := v_above.relation;
        end loop;
        v_found := jsonb_set(v_found, array[v_relation::text], to_jsonb(coalesce(v_found ->> v_relation::text || ' or ', '') || v_condition));
    end loop;
    return query select f.key, f.value from jsonb_each_text(v_found) as f order by 1;
    return query select 'store.array'::text, v_unnamed;
end
$$;
comment on function store.lost_rows(uuid[]) is
    'Loaded rows that named lost arrays, as conditions for a deletion: a part of a recording stands for the whole of it. The last row is for '
    'rows of store.array that nobody names. One row per table.';

create or replace function analysis.session_array(p_session_id uuid)
returns table (
    table_name text, column_name text, array_id uuid, dataset text, ref text, shape bigint[], dtype text,
    sampling_rate_hz double precision, unit text, about text
)
language plpgsql stable strict as $$
declare
    v_owner record;
begin
    -- Every column that refers to arrays, of tables whose rows belong to a session.
    for v_owner in
        select c.conrelid::regclass as rel, a.attname
        from pg_catalog.pg_constraint as c
        join pg_catalog.pg_attribute as a on a.attrelid = c.conrelid and a.attnum = c.conkey[1]
        join pg_catalog.pg_attribute as s
            on s.attrelid = c.conrelid and s.attname = 'session_id' and s.atttypid = 'uuid'::regtype and not s.attisdropped
        where c.contype = 'f' and c.confrelid = 'store.array'::regclass and c.conparentid = 0
    loop
        return query execute format(
            'select %1$L, %2$L, a.array_id, a.dataset, a.ref, a.shape, a.dtype, a.sampling_rate_hz::double precision, a.unit, a.about '
            'from store.array as a where a.array_id in (select t.%2$I from %3$s as t where t.session_id = $1)',
            v_owner.rel::text, v_owner.attname, v_owner.rel)
        using p_session_id;
    end loop;
end
$$;
comment on function analysis.session_array(uuid) is
    'Arrays of a session in the array store, loaded and computed ones: the table and column whose rows hold them, and what they are. '
    'One row per array and column. ref is what trialbase array and the clients take.';
