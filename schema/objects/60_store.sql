-- Arrays of a session, and what to do about arrays whose files are lost.

create or replace function store.requeue_lost(p_array_ids uuid[])
returns table (table_name text, n_keys bigint, is_pending boolean)
language plpgsql as $$
declare
    v_owner record;
    v_count bigint;
    v_lost text;
begin
    -- Every column of any table that refers to arrays, with the computed table that its rows belong to.
    for v_owner in
        select
            c.conrelid::regclass as rel,
            a.attname as column_name,
            coalesce(m.table_name, i.table_name, c.conrelid::regclass::text) as owner,
            coalesce(m.tier, i.tier) = 'computed' as is_computed,
            coalesce(m.key_columns, i.key_columns) as key_columns
        from pg_catalog.pg_constraint as c
        join pg_catalog.pg_attribute as a on a.attrelid = c.conrelid and a.attnum = c.conkey[1]
        left join engine.table_info as i on to_regclass(i.table_name) = c.conrelid
        left join engine.table_info as m on m.table_name = i.master
        where c.contype = 'f' and c.confrelid = 'store.array'::regclass and c.conparentid = 0
        order by 3, 1, 2
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
            end if;
        else
            execute format('select count(*) from %s where %I = any ($1)', v_owner.rel, v_owner.column_name)
            into v_count using p_array_ids;
        end if;
        if v_count > 0 then
            table_name := v_owner.owner;
            n_keys := v_count;
            is_pending := coalesce(v_owner.is_computed, false);
            return next;
        end if;
    end loop;
end
$$;
comment on function store.requeue_lost(uuid[]) is
    'Marks results stale whose arrays are lost, so that populate computes them again. Returns how many keys of which tables, and whether '
    'they are pending now; the others were loaded, and the next ingest of their files writes their arrays again.';

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
