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

create or replace function store.time_axis(p_array_id uuid)
returns table (times_array_id uuid, start_s double precision, sampling_rate_hz double precision)
language plpgsql stable strict rows 1 as $$
declare
    v_length bigint;
    v_rate double precision;
    v_owner record;
    v_place record;
    v_is_named boolean;
    v_times uuid;
    v_start double precision;
begin
    select a.shape[1], a.sampling_rate_hz::double precision into v_length, v_rate from store.array as a where a.array_id = p_array_id;
    if v_length is null then
        return;  -- no such array, or a single number
    end if;
    for v_owner in select o.relation, o.column_name from store.array_owner as o order by o.relation::text, o.column_name loop
        execute format('select exists (select from %s where %I = $1)', v_owner.relation, v_owner.column_name) into v_is_named using p_array_id;
        continue when not v_is_named;
        -- Times in the row itself come first, then those of a row that it refers to: a signal's band, a trace's plane.
        for v_place in
            select
                place.relation,
                times.column_name,
                place.join_on
            from (
                select v_owner.relation as relation, 'p.ctid = r.ctid and p.tableoid = r.tableoid' as join_on, 0 as distance, '' as name
                union all
                select
                    c.confrelid::regclass,
                    (select string_agg(format('p.%I = r.%I', theirs.attname, own.attname), ' and ')
                     from unnest(c.conkey, c.confkey) as k (own, theirs)
                     join pg_catalog.pg_attribute as own on own.attrelid = c.conrelid and own.attnum = k.own
                     join pg_catalog.pg_attribute as theirs on theirs.attrelid = c.confrelid and theirs.attnum = k.theirs),
                    1,
                    c.conname::text
                from pg_catalog.pg_constraint as c
                where c.contype = 'f' and c.conrelid = v_owner.relation and c.confrelid <> v_owner.relation
            ) as place
            join store.array_owner as times on times.relation = place.relation
            where times.column_name ~ '(^|_)times_array_id$'
            order by place.distance, place.name, times.column_name
        loop
            execute format(
                'select t.array_id from %s as r join %s as p on %s join store.array as t on t.array_id = p.%I '
                'where r.%I = $1 and t.shape = array[$2] limit 1',
                v_owner.relation, v_place.relation, v_place.join_on, v_place.column_name, v_owner.column_name)
            into v_times using p_array_id, v_length;
            if v_times is not null then
                return query select v_times, null::double precision, v_rate;
                return;
            end if;
        end loop;
        if v_rate is not null and v_start is null and (
            select count(*) = 2 from pg_catalog.pg_attribute as a
            where a.attrelid = v_owner.relation and a.attname in ('start_s', 'sampling_rate_hz') and not a.attisdropped
        ) then
            execute format('select r.start_s::double precision from %s as r where r.%I = $1 limit 1', v_owner.relation, v_owner.column_name)
            into v_start using p_array_id;
        end if;
    end loop;
    if v_rate is not null then
        return query select null::uuid, v_start, v_rate;
    end if;
end
$$;
comment on function store.time_axis(uuid) is
    'When the rows of an array (its first axis) were: the one answer that trialbase array and the clients take. times_array_id: the array '
    'that holds the time of each, named by a column times_array_id (or ..._times_array_id) of the row that names the array, or of a row '
    'that this one refers to, and as long as the array. Else row i is at start_s + i / sampling_rate_hz, with the start_s of the row '
    'that names the array; start_s is null where no table tells it. No row for an array without times. Times are seconds on the '
    'session''s clock, or whatever start_s and the times of that table are of.';
