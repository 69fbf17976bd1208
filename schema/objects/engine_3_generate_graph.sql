-- What the engine generates along the dependency graph: how staleness travels to children, how parents' rows queue keys,
-- how changed inputs raise stamps; and the call that generates everything.

create or replace function engine.children(p_table text)
returns table (child text, owner_columns text[], via text, via_columns text[], key_columns text[])
language sql stable as $$
    select t.table_name, i.owner_columns, i.via, i.via_columns, i.key_columns
    from engine.table_info as t
    cross join lateral engine.computed_inputs(t.table_name) as i
    where engine.served(t) and i.input_table = p_table;
$$;
comment on function engine.children(text) is
    'Computed tables that depend on a computed table, with the way from its keys (owner columns) to theirs (key columns). One row per dependency.';

create or replace function engine.child_join_sql(
    p_owner text[], p_key text[], p_via text, p_via_columns text[], p_relation text, p_alias text
) returns text
language sql stable as $$
    select case when p_via is null then '' else
            format(' join %s as v using (%s)', p_via, (select string_agg(quote_ident(c), ', ') from unnest(p_via_columns) as c)) end
        || format(' join %s as %s on ', p_relation, p_alias)
        || string_agg(format('%s.%I = %s.%I', p_alias, c, case when p_via is null then 'k' else 'v' end, o), ' and ')
    from unnest(p_owner, p_key) as u (o, c);
$$;
comment on function engine.child_join_sql(text[], text[], text, text[], text, text) is
    'SQL that joins a child''s rows (or jobs) to a relation k of the parent''s keys.';

create or replace function engine.generate_children(p_table text) returns void
language plpgsql as $$
declare
    v jsonb := engine.table_values(p_table);
    c jsonb;
    v_child record;
    v_block text := '';
    v_release text := '';
begin
    for v_child in select * from engine.children(p_table) order by child, key_columns loop
        c := (select jsonb_object_agg('c.' || key, value) from jsonb_each(engine.table_values(v_child.child)));
        c := c || v || jsonb_build_object(
            'result_join', engine.child_join_sql(v_child.owner_columns, v_child.key_columns, v_child.via, v_child.via_columns, c ->> 'c.table', 'd'),
            'job_join', engine.child_join_sql(v_child.owner_columns, v_child.key_columns, v_child.via, v_child.via_columns, c ->> 'c.job', 'd'),
            'holds_d', engine.blocked_sql(v_child.child, 'd', true),
            'blocked_j', engine.blocked_sql(v_child.child, 'j'),
            'stamps_t', engine.stamps_sql(v_child.child, 't'));
        -- A table that is gone, or renamed behind the engine's back, is passed over: the others go on.
        v_block := v_block || engine.fill($t$
    if to_regclass({c.quoted_table}) is not null then
    declare
        {c.key_variables}
    begin
        -- Waits for workers that are writing such a key, and then sees their results.
        perform from unnest({key_values}) as k ({keys}){job_join} where d.state = 'running'
        order by {d.keys} for update of d;
        select {c.key_aggregates} into {c.key_into}
        from (select distinct {d.keys} from unnest({key_values}) as k ({keys}){result_join} where d.run_id is not null) as k;
        if {c.first_key_into} is not null then
            insert into {c.job} as j ({c.keys}, state, is_stale)
            select {c.k.keys}, 'blocked', true from unnest({c.key_into}) as k ({c.keys})
            where exists (select from {c.source} as t where ({c.t.keys}) = ({c.k.keys}))
            order by {c.k.keys}
            on conflict ({c.keys}) do update set state = 'blocked', is_stale = true, updated_at = clock_timestamp()
                where j.state in ('pending', 'settled');
            perform {c.fn}__block_children({c.key_into});
        end if;
        select {c.key_aggregates} into {c.key_into}
        from (select distinct {d.keys} from unnest({key_values}) as k ({keys}){job_join} where d.state = 'pending') as k;
        if {c.first_key_into} is not null then
            update {c.job} as j set state = 'blocked', updated_at = clock_timestamp()
            from unnest({c.key_into}) as k ({c.keys})
            where ({c.j.keys}) = ({c.k.keys}) and j.state = 'pending';
        end if;
    end;
    end if;
$t$, c || jsonb_build_object('d.keys', c ->> 'c.d.keys'));
        v_release := v_release || engine.fill($t$
    if to_regclass({c.quoted_table}) is not null and exists (select from {c.job} as j where j.state = 'blocked') then
    declare
        {c.key_variables}
    begin
        select {c.key_aggregates} into {c.key_into}
        from (select distinct {d.keys} from unnest({key_values}) as k ({keys}){job_join}
              where d.state = 'blocked' and not {holds_d}) as k;
        if {c.first_key_into} is not null then
            update {c.job} as j set state = 'pending', updated_at = clock_timestamp()
            from unnest({c.key_into}) as k ({c.keys})
            where ({c.j.keys}) = ({c.k.keys}) and j.state = 'blocked';
            perform pg_notify('trialbase_queue', '{c.name}');
            -- Results whose inputs turned out as they were are current again.
            with current_again as (
                delete from {c.job} as j
                using unnest({c.key_into}) as k ({c.keys}), {c.table} as t, engine.run as r
                where ({c.j.keys}) = ({c.k.keys}) and ({c.t.keys}) = ({c.k.keys}) and r.run_id = t.run_id
                  and j.state = 'pending' and j.is_stale and not {blocked_j}
                  and r.stamps = {stamps_t}
                  and r.code_version >= (select i.code_version from engine.table_info as i where i.table_no = {c.no})
                returning {c.j.keys}
            )
            select {c.key_aggregates} into {c.key_into} from current_again as k;
            if {c.first_key_into} is not null then
                perform {c.fn}__release_children({c.key_into});
            end if;
        end if;
    end;
    end if;
$t$, c || jsonb_build_object('d.keys', c ->> 'c.d.keys'));
    end loop;

    execute engine.fill($t$
create or replace function {fn}__block_children({key_arguments}) returns void
language plpgsql {settings} as $fn$
#variable_conflict use_column
begin
    {body}
    return;
end
$fn$;
comment on function {fn}__block_children({key_arrays}) is
    'Holds back what depends on the given keys of {name}, down the graph, until these are recomputed.';
$t$, v || jsonb_build_object('body', v_block));
    execute engine.fill($t$
create or replace function {fn}__release_children({key_arguments}) returns void
language plpgsql {settings} as $fn$
#variable_conflict use_column
begin
    {body}
    return;
end
$fn$;
comment on function {fn}__release_children({key_arrays}) is
    'Releases what was held back by the given keys of {name}: keys whose inputs changed become pending, the others are current again.';
$t$, v || jsonb_build_object('body', v_release));
end
$$;
comment on function engine.generate_children(text) is 'Generates the functions by which staleness travels from one computed table to those that depend on it.';

create or replace function engine.tree(p_relation regclass) returns setof regclass
language sql stable as $$
    with recursive below as (
        select p_relation::oid as relation
        union
        select i.inhrelid from below join pg_catalog.pg_inherits as i on i.inhparent = below.relation
    )
    select c.oid::regclass from below join pg_catalog.pg_class as c on c.oid = below.relation where c.relkind in ('r', 'p') order by c.oid;
$$;
comment on function engine.tree(regclass) is
    'A table with its partitions and inheritance children, at any depth; foreign ones, which can have no such triggers, are left out.';

create or replace function engine.replace_trigger(p_table regclass, p_name text, p_event text, p_function text) returns void
language plpgsql as $$
declare
    v_tree regclass[] := array(select engine.tree(p_table));
    v_one regclass;
    v_sql text;
begin
    -- A statement on a partition fires the partition's own triggers alone, one on the table those of the table alone.
    foreach v_one in array v_tree loop
        v_sql := format('create trigger %I after %s on %s%s for each statement execute function %s()',
            p_name, p_event, v_one,
            case p_event when 'insert' then ' referencing new table as new_rows'
                         when 'delete' then ' referencing old table as old_rows'
                         when 'truncate' then ''
                         else ' referencing old table as old_rows new table as new_rows' end,
            p_function);
        -- One that is there already stays: to replace it would lock the table.
        continue when exists (
            select from pg_catalog.pg_trigger as t
            where t.tgrelid = v_one and t.tgname = p_name and t.tgenabled = 'O'
              and t.tgfoid = to_regprocedure(p_function || '()')
              and lower(replace(pg_get_triggerdef(t.oid), '"', '')) = lower(replace(v_sql, '"', '')));
        execute format('drop trigger if exists %I on %s', p_name, v_one);
        execute v_sql;
    end loop;
    for v_one in  -- partitions that were detached
        select t.tgrelid from pg_catalog.pg_trigger as t
        where t.tgname = p_name and t.tgfoid = to_regprocedure(p_function || '()') and t.tgrelid <> all (v_tree::oid[])
    loop
        execute format('drop trigger %I on %s', p_name, v_one);
    end loop;
end
$$;
comment on function engine.replace_trigger(regclass, text, text, text) is
    'Puts a statement trigger with its transition tables on a table and its partitions, instead of one of the same name; takes it off tables that are no longer among these.';

create or replace function engine.parent_lock_sql(p_table text, p_parent_no integer, p_relation text) returns text
language plpgsql stable as $$
declare
    v_parents integer;
    v_owned integer;
    v_shared text[];
    v_this record;
    v_no smallint := (select table_no from engine.table_info where table_name = p_table);
    v_rel regclass := (select relation from engine.table_info where table_name = p_table);
begin
    select count(*), count(*) filter (where coalesce(t.tier, 'manual') <> 'lookup')
    into v_parents, v_owned
    from engine.key_parents(v_rel) as k
    left join engine.table_info as t on t.relation = k.parent;
    select k.*, coalesce(t.tier, 'manual') as tier into v_this
    from engine.key_parents(v_rel) as k
    left join engine.table_info as t on t.relation = k.parent
    where k.parent_no = p_parent_no;
    if v_parents = 1 then
        return '';
    end if;
    if v_this.tier = 'lookup' then
        return format('perform pg_advisory_xact_lock(7146, %s);', v_no);
    end if;
    if v_owned = 1 then
        return format('perform pg_advisory_xact_lock_shared(7146, %s);', v_no);
    end if;
    -- Key columns that every parent with rows of its own shares: their anchor stamp is locked.
    select array_agg(c order by c) into v_shared
    from unnest(v_this.columns) as c
    where (select bool_and(c = any (k.columns))
           from engine.key_parents(v_rel) as k
           left join engine.table_info as t on t.relation = k.parent
           where coalesce(t.tier, 'manual') <> 'lookup');
    if v_shared is null then
        return format('perform pg_advisory_xact_lock(7146, %s);', v_no);
    end if;
    return engine.fill($t$perform pg_advisory_xact_lock_shared(7146, {no});
    insert into engine.stamp (source_no, owner_id, version)
    select -{no}, o.owner_id, 0 from (select distinct {owner} as owner_id from {relation} as x) as o
    order by o.owner_id
    on conflict (source_no, owner_id) do nothing;
    perform from engine.stamp as s
    where s.source_no = -{no} and s.owner_id in (select {owner} from {relation} as x)
    order by s.owner_id for update;$t$,
        jsonb_build_object('no', v_no, 'relation', p_relation, 'owner', engine.owner_sql(v_this.parent,
            array(select v_this.referenced[array_position(v_this.columns, c)] from unnest(v_shared) as c), 'x')));
end
$$;
comment on function engine.parent_lock_sql(text, integer, text) is
    'SQL by which two transactions that each bring one parent of a key take turns, so that the later one sees both: '
    'parents shared by all keys (lookups) take an advisory lock alone, the others share it, and several of these lock the stamp row of what they share.';

create or replace function engine.warn_of_gone(p_table text) returns void
language plpgsql as $$
begin
    raise warning 'computed table % is gone, or has another name', p_table
        using hint = 'Its keys are not queued: run trialbase migrate, or select engine.regenerate().';
end
$$;
comment on function engine.warn_of_gone(text) is
    'Warns that a registered table was dropped or renamed where no event trigger could tell the engine.';

create or replace function engine.generate_parents(p_table text) returns void
language plpgsql as $$
declare
    v jsonb := engine.table_values(p_table);
    p jsonb;
    v_parent record;
    v_restriction text := (select restriction from engine.table_info where table_name = p_table);
    v_stem text := v ->> 'job_name';
    v_rel regclass := (select relation from engine.table_info where table_name = p_table);
    v_old record;
begin
    -- Parents that it no longer has, and the trigger for a restriction that is gone.
    for v_old in
        select f.oid::regprocedure as signature
        from pg_catalog.pg_proc as f
        cross join lateral regexp_match(f.proname, '^(.*)__parent_(\d+)_([a-z]+)$') as m
        where f.pronamespace = 'engine'::regnamespace and m[1] = v_stem
          and (m[2]::integer > (select count(*) from engine.key_parents(v_rel))
               or m[3] = 'updated' and v_restriction is null
               or exists (select from pg_catalog.pg_trigger as t join engine.key_parents(v_rel) as k on k.parent_no = m[2]::integer
                          where t.tgfoid = f.oid and not t.tgisinternal
                             and not exists (select from engine.tree(k.parent) as one where one = t.tgrelid)))
    loop
        execute format('drop function %s cascade', v_old.signature);
    end loop;
    for v_parent in select * from engine.key_parents(v_rel) order by parent_no loop
        p := v || jsonb_build_object(
            'parent_no', v_parent.parent_no, 'parent', replace(v_parent.parent::text, '''', ''''''), 'parent_table', v_parent.parent::text,
            'lock_new', engine.parent_lock_sql(p_table, v_parent.parent_no, 'new_rows'),
            'lock_old', engine.parent_lock_sql(p_table, v_parent.parent_no, 'old_rows'),
            'delta', engine.key_source_sql(p_table, v_parent.parent_no, 'new_rows'),
            'many', case when exists (
                    select from engine.table_info as t where t.relation = v_parent.parent and t.tier = 'lookup')
                then 'true' else '(select count(*) from (select from new_rows limit 64) as few) = 64' end,
            'blocked_k', engine.blocked_sql(p_table, 'k'),
            'stamps_k', engine.stamps_sql(p_table, 'k'),
            'match', (select string_agg(format('j.%I = k.%I', v_parent.columns[i], v_parent.referenced[i]), ' and ')
                      from generate_subscripts(v_parent.columns, 1) as i));
        p := p || jsonb_build_object('state', engine.open_sql(p_table, 'k'));
        execute engine.fill($t$
create or replace function {fn}__parent_{parent_no}_inserted() returns trigger
language plpgsql {settings} as $fn$
declare
    v_was_empty boolean;
    v_is_queued boolean := false;
    v_count bigint;
begin
    if to_regclass({quoted_table}) is null then
        perform engine.warn_of_gone('{name}');
        return null;
    end if;
    perform engine.check_isolation();
    {lock_new}
    v_was_empty := not exists (select from {job} as j where j.state = 'pending');
    -- Keys of new parents are new, as a rule: many are inserted in order and without looking for the same one first,
    -- at half the cost. A savepoint is worth it for many only.
    if {many} then
        begin
            insert into {job} ({keys}, state)
            select {k.keys}, {state} from ({delta}) as k order by {k.keys};
            get diagnostics v_count = row_count;
            v_is_queued := true;
        exception
            when unique_violation then null;
        end;
    end if;
    if not v_is_queued then
        insert into {job} ({keys}, state)
        select {k.keys}, {state} from ({delta}) as k order by {k.keys}
        on conflict ({keys}) do nothing;
        get diagnostics v_count = row_count;
    end if;
    if v_count > 0 and v_was_empty then
        perform pg_notify('trialbase_queue', '{name}');
    end if;
    return null;
end
$fn$;
comment on function {fn}__parent_{parent_no}_inserted() is 'Trigger: new rows of {parent} queue the keys of {name} that they complete.';

create or replace function {fn}__parent_{parent_no}_deleted() returns trigger
language plpgsql {settings} as $fn$
begin
    {lock_old}
    delete from {job} as j using old_rows as k where {match};
    return null;
end
$fn$;
comment on function {fn}__parent_{parent_no}_deleted() is 'Trigger: deleted rows of {parent} take their keys out of the queue of {name}.';

create or replace function {fn}__parent_{parent_no}_truncated() returns trigger
language plpgsql {settings} as $fn$
begin
    if not exists (select from {parent_table}) then
        delete from {job};
    else  -- a partition of it
        delete from {job} as j where not exists (select from {source} as t where ({t.keys}) = ({j.keys}));
    end if;
    return null;
end
$fn$;
comment on function {fn}__parent_{parent_no}_truncated() is 'Trigger: when {parent} is emptied no key of {name} is left to queue.';
$t$, p);
        perform engine.replace_trigger(v_parent.parent, format('engine_2_queue_%s_%s_i', v_stem, v_parent.parent_no), 'insert',
            format('%s__parent_%s_inserted', v ->> 'fn', v_parent.parent_no));
        perform engine.replace_trigger(v_parent.parent, format('engine_2_queue_%s_%s_d', v_stem, v_parent.parent_no), 'delete',
            format('%s__parent_%s_deleted', v ->> 'fn', v_parent.parent_no));
        perform engine.replace_trigger(v_parent.parent, format('engine_2_queue_%s_%s_t', v_stem, v_parent.parent_no), 'truncate',
            format('%s__parent_%s_truncated', v ->> 'fn', v_parent.parent_no));
        if v_restriction is not null then
            execute engine.fill($t$
create or replace function {fn}__parent_{parent_no}_updated() returns trigger
language plpgsql {settings} as $fn$
#variable_conflict use_column
declare
    v_code_version integer := (select i.code_version from engine.table_info as i where i.table_no = {no});
    {key_variables}
begin
    if to_regclass({quoted_table}) is null then
        perform engine.warn_of_gone('{name}');
        return null;
    end if;
    perform engine.check_isolation();
    {lock_new}
    with gone as (
        delete from {job} as j using old_rows as k
        where {match} and not exists (select from {source} as t where ({t.keys}) = ({j.keys}))
        returning {j.keys}, j.is_stale
    )
    select {key_aggregates} into {key_into} from gone as k where k.is_stale;
    if {first_key_into} is not null then
        perform {fn}__release_children({key_into});
    end if;
    -- Keys that come under the restriction: those without a result, and results that became outdated outside it.
    with came as (
        insert into {job} as j ({keys}, state, is_stale)
        select {k.keys}, {state}, x.run_id is not null
        from ({delta}) as k
        left join (select true as is_there, t.* from {table} as t) as x using ({keys})
        left join engine.run as r on r.run_id = x.run_id
        where x.is_there is null
           or (x.run_id is not null
               and (r.stamps is distinct from {stamps_k} or r.code_version < v_code_version or {blocked_k}))
        order by {k.keys}
        on conflict ({keys}) do nothing
        returning {j.keys}, j.is_stale
    )
    select {key_aggregates} into {key_into} from came as k where k.is_stale;
    if {first_key_into} is not null then
        perform {fn}__block_children({key_into});
    end if;
    perform pg_notify('trialbase_queue', '{name}');
    return null;
end
$fn$;
comment on function {fn}__parent_{parent_no}_updated() is 'Trigger: changed rows of {parent} may come under the restriction of {name}, or leave it.';
$t$, p);
            perform engine.replace_trigger(v_parent.parent, format('engine_2_queue_%s_%s_u', v_stem, v_parent.parent_no), 'update',
                format('%s__parent_%s_updated', v ->> 'fn', v_parent.parent_no));
        end if;
    end loop;
end
$$;
comment on function engine.generate_parents(text) is 'Generates the triggers by which parents'' rows queue the keys of one computed table.';

create or replace function engine.generate_touch(p_input text) returns void
language plpgsql as $$
declare
    v_source record;
    v_reader record;
    r jsonb;
    s jsonb;
    v_event text;
    v_body text;
    v_readers text;
    v_declare text;
    v_rows text;
    v_columns text[];
    v_rel regclass := p_input::regclass;
    v_known jsonb := '{}';  -- values of the readers
    v_pk text[] := engine.primary_key_columns(v_rel);
    v_name text := engine.name_for(v_rel);
    v_all text[] := array(
        select attname::text from pg_catalog.pg_attribute
        where attrelid = v_rel and attnum > 0 and not attisdropped and attname <> 'run_id' order by attnum);
begin
    foreach v_event in array array['insert', 'update', 'delete', 'truncate'] loop
        v_body := '';
        v_declare := '';
        for v_source in
            select q.*, engine.via_columns(v_rel, q.via_relation, q.owner_columns) as via_columns
            from engine.stamp_source as q
            where q.relation = v_rel and exists (
                select from engine.table_input as i join engine.table_info as t using (table_name)
                where i.source_no = q.source_no and engine.served(t))
            order by q.source_no
        loop
            -- A row that is itself a parent of every reader's key brings its keys with it: nobody can have read them before.
            continue when v_event = 'insert' and v_source.via is null and v_pk <@ v_source.owner_columns
                and not exists (
                    select from engine.table_input as i join engine.table_info as t using (table_name)
                    where i.source_no = v_source.source_no and engine.served(t)
                      and not exists (
                          select from engine.key_parents(t.relation) as k
                          where k.parent = v_rel and k.columns <@ i.key_columns and k.referenced <@ v_source.owner_columns));
            -- All columns: the whole row, whatever columns the table gets or loses; but not which run computed it.
            v_columns := coalesce(v_source.columns, case when exists (
                select from pg_catalog.pg_attribute where attrelid = v_rel and attname = 'run_id' and not attisdropped) then v_all end);
            v_rows := case v_event
                when 'insert' then 'new_rows'
                when 'delete' then 'old_rows'
                else (select format('(select o.* from old_rows as o left join new_rows as n on %1$s where n.%2$I is null or (%3$s) is distinct from (%4$s)'
                                    ' union all select n.* from new_rows as n left join old_rows as o on %1$s where o.%2$I is null or (%3$s) is distinct from (%4$s))',
                        (select string_agg(format('o.%1$I = n.%1$I', c), ' and ') from unnest(v_pk) as c), v_pk[1],
                        case when v_columns is null then 'o.*' else (select string_agg(format('o.%I', c), ', ') from unnest(v_columns) as c) end,
                        case when v_columns is null then 'n.*' else (select string_agg(format('n.%I', c), ', ') from unnest(v_columns) as c) end))
                end;
            s := jsonb_build_object(
                'no', v_source.source_no,
                'rows', v_rows,
                'owners', (select string_agg(quote_ident(c), ', ' order by n) from unnest(v_source.owner_columns) with ordinality as u (c, n)),
                'x.owners', (select string_agg(format('%s.%I', case when v_source.via is null then 'i' else 'v' end, c), ', ' order by n)
                             from unnest(v_source.owner_columns) with ordinality as u (c, n)),
                'via', case when v_source.via is null then '' else
                    format(' join %s as v using (%s)', v_source.via, (select string_agg(quote_ident(c), ', ') from unnest(v_source.via_columns) as c)) end,
                'o.owners', (select string_agg(format('o.%I', c), ', ' order by n) from unnest(v_source.owner_columns) with ordinality as u (c, n)),
                'o.aggregates', (select string_agg(format('array_agg(o.%I)', c), ', ' order by n) from unnest(v_source.owner_columns) with ordinality as u (c, n)),
                'variables', (select string_agg(format('v_%s_%s', v_source.source_no, n), ', ' order by n) from unnest(v_source.owner_columns) with ordinality as u (c, n)),
                'first_variable', format('v_%s_1', v_source.source_no),
                'o.owner_id', engine.owner_sql(coalesce(v_source.via_relation, v_rel), v_source.owner_columns, 'o'));
            v_declare := v_declare || (
                select string_agg(format('v_%s_%s %s[]; ', v_source.source_no, u.n, format_type(a.atttypid, null)), '' order by u.n)
                from unnest(v_source.owner_columns) with ordinality as u (c, n)
                join pg_catalog.pg_attribute as a on a.attrelid = coalesce(v_source.via_relation, v_rel) and a.attname = u.c);
            v_readers := '';
            for v_reader in
                select i.table_name, i.key_columns
                from engine.table_input as i join engine.table_info as t using (table_name)
                where i.source_no = v_source.source_no and engine.served(t) order by 1, 2
            loop
                -- What leads from stale inputs to their readers may have changed too: look at waiting keys again.
                if not v_known ? v_reader.table_name then
                    v_known := v_known || jsonb_build_object(v_reader.table_name, engine.table_values(v_reader.table_name) || jsonb_build_object('states',
                        case when exists (select from engine.computed_inputs(v_reader.table_name))
                             then '''settled'', ''error'', ''pending'', ''blocked''' else '''settled'', ''error''' end));
                end if;
                r := (v_known -> v_reader.table_name) || jsonb_build_object('one.owners', (select string_agg(format('one.%I', c), ', ' order by n) from unnest(v_reader.key_columns) with ordinality as u (c, n)));
                v_readers := v_readers || engine.fill($t$
        if to_regclass({quoted_table}) is not null then
        declare
            {key_variables}
        begin
            select {key_aggregates} into {key_into} from (
                {touched}) as k;
            if {first_key_into} is not null then
                perform {fn}__mark_stale({key_into});
            end if;
        end;
        end if;
$t$, r || s || jsonb_build_object('touched', engine.fill(case when v_event = 'truncate' then $t$select {t.keys} from {table} as t
                union
                select {j.keys} from {job} as j where j.state in ({states})$t$ else $t$select {t.keys} from unnest({variables}) as o ({owners})
                cross join lateral (select * from {table} as one where ({one.owners}) = ({o.owners}) offset 0) as t
                union
                select {j.keys} from unnest({variables}) as o ({owners})
                cross join lateral (
                    select * from {job} as one
                    where ({one.owners}) = ({o.owners}) and one.state in ({states}) offset 0) as j$t$ end, r || s)));
            end loop;
            v_body := v_body || case when v_event = 'truncate' then engine.fill($t$
    update engine.stamp as s set version = nextval('engine.stamp_version')
    from (select one.owner_id from engine.stamp as one where one.source_no = {no} order by one.owner_id for update) as o
    where s.source_no = {no} and s.owner_id = o.owner_id;
    {readers}
$t$, s || jsonb_build_object('readers', v_readers)) else engine.fill($t$
    select {o.aggregates} into {variables}
    from (select distinct {x.owners} from {rows} as i{via}) as o;
    if {first_variable} is not null then
        insert into engine.stamp (source_no, owner_id, version)
        select {no}, o.owner_id, nextval('engine.stamp_version')
        from (select distinct {o.owner_id} as owner_id from unnest({variables}) as o ({owners})) as o
        order by o.owner_id
        on conflict (source_no, owner_id) do update set version = nextval('engine.stamp_version');
        {readers}
    end if;
$t$, s || jsonb_build_object('readers', v_readers)) end;
        end loop;
        if v_body = '' then
            execute format('drop function if exists engine.%s__touched_%s() cascade', v_name, v_event);
            continue;
        end if;
        v_declare := case when v_event = 'truncate' then '' else v_declare end;
        if cardinality(v_pk) = 0 and v_event = 'update' then
            raise exception 'input table % has no primary key', p_input
                using hint = 'Which of its rows have changed is told by their key: give it one.';
        end if;
        execute engine.fill($t$
create or replace function engine.{name}__touched_{event}() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp set enable_seqscan = off set jit = off as $fn$
#variable_conflict use_column
{declare}
begin
    perform engine.check_isolation();
    {body}
    return null;
end
$fn$;
comment on function engine.{name}__touched_{event}() is
    'Trigger: on {event}, raises the stamps of what {input} belongs to and marks the results that read it as stale.';
$t$, jsonb_build_object('name', v_name, 'event', v_event, 'body', v_body, 'input', replace(p_input, '''', ''''''),
    'declare', case when v_declare = '' then '' else 'declare ' || v_declare end));
        perform engine.replace_trigger(v_rel, 'engine_2_touch_' || left(v_event, 1), v_event,
            format('engine.%s__touched_%s', v_name, v_event));
    end loop;
end
$$;
comment on function engine.generate_touch(text) is 'Generates the triggers that raise stamps when rows of one input table change.';

create or replace function engine.guard(p_table regclass) returns void
language plpgsql as $$
declare
    v_one regclass;
begin
    for v_one in
        select one from engine.tree(p_table) as one
        where not exists (
            select from pg_catalog.pg_trigger
            where tgrelid = one and tgname = 'engine_0_guard' and tgfoid = 'engine.guard_computed()'::regprocedure)
    loop
        execute format('create or replace trigger engine_0_guard before insert or update on %s for each statement execute function engine.guard_computed()', v_one);
    end loop;
end
$$;
comment on function engine.guard(regclass) is 'Puts the trigger on a computed table or part, and its partitions, that refuses changes outside populate.';

create or replace function engine.generate_part(p_part text, p_master text) returns void
language plpgsql as $$
declare
    v jsonb := engine.table_values(p_master) || jsonb_build_object(
        'part', replace(replace(p_part, '''', ''''''), '%', '%%'), 'part_fn', 'engine.' || engine.name_for(p_part::regclass));
begin
    execute engine.fill($t$
create or replace function {part_fn}__part_inserted() returns trigger
language plpgsql {settings} as $fn$
begin
    if engine.current_claim() is not null and exists (
        select from (select distinct {k.keys} from new_rows as k) as k join {table} as t using ({keys}) where t.xmin <> pg_current_xact_id()::xid)
    then
        raise exception 'a row of {part} belongs to a key that this transaction does not write'
            using errcode = 'TB008', hint = 'A computation may write rows of its own key alone.';
    end if;
    return null;
end
$fn$;
comment on function {part_fn}__part_inserted() is 'Trigger: populate writes part rows of {part} with their master alone.';

create or replace function {part_fn}__part_updated() returns trigger
language plpgsql {settings} as $fn$
begin
    if engine.current_claim() is not null and exists (
        select from (select distinct {k.keys} from new_rows as k) as k join {table} as t using ({keys}) where t.xmin <> pg_current_xact_id()::xid)
    then
        raise exception 'a row of {part} belongs to a key that this transaction does not write'
            using errcode = 'TB008', hint = 'A computation may write rows of its own key alone.';
    end if;
    return null;
end
$fn$;
comment on function {part_fn}__part_updated() is 'Trigger: populate changes part rows of {part} with their master alone.';

create or replace function {part_fn}__part_deleted() returns trigger
language plpgsql {settings} as $fn$
begin
    if exists (
        select from (select distinct {k.keys} from old_rows as k) as k join {table} as t using ({keys})
        where engine.current_claim() is null or t.xmin <> pg_current_xact_id()::xid)
    then
        raise exception 'rows of part {part} cannot be deleted while their master row in {title} stays'
            using errcode = 'TB009', hint = 'Delete the master row, or use trialbase delete --with-masters.';
    end if;
    return null;
end
$fn$;
comment on function {part_fn}__part_deleted() is 'Trigger: part rows of {part} go with their master alone, or are replaced by populate.';

create or replace function {part_fn}__part_truncated() returns trigger
language plpgsql {settings} as $fn$
begin
    if exists (select from {table}) then
        raise exception 'part {part} cannot be emptied while its master {title} has rows'
            using errcode = 'TB009', hint = 'Truncate the master with cascade: its keys are computed again.';
    end if;
    return null;
end
$fn$;
comment on function {part_fn}__part_truncated() is 'Trigger: {part} is emptied with its master alone.';
$t$, v);
    perform engine.replace_trigger(p_part::regclass, 'engine_1_part_inserted', 'insert', (v ->> 'part_fn') || '__part_inserted');
    perform engine.replace_trigger(p_part::regclass, 'engine_1_part_updated', 'update', (v ->> 'part_fn') || '__part_updated');
    perform engine.replace_trigger(p_part::regclass, 'engine_1_part_deleted', 'delete', (v ->> 'part_fn') || '__part_deleted');
    perform engine.replace_trigger(p_part::regclass, 'engine_1_part_truncated', 'truncate', (v ->> 'part_fn') || '__part_truncated');
    perform engine.guard(p_part::regclass);
end
$$;
comment on function engine.generate_part(text, text) is 'Generates the triggers that keep a part with its master.';

create or replace function engine.job_columns() returns text[]
language sql immutable as $$
    select array['state', 'is_stale', 'priority', 'queue_no', 'attempt', 'changed_count', 'run_after', 'worker_id', 'claim_id',
        'code_version', 'error_type', 'error_message', 'error_detail', 'reason', 'updated_at'];
$$;
comment on function engine.job_columns() is 'Columns of every job table beside its key.';

create or replace function engine.replace_view(p_name text, p_sql text) returns boolean
language plpgsql as $$
begin
    -- To replace a view keeps its readers out: only when it is another one.
    if to_regclass(p_name) is not null and exists (select from engine.generated_text as g where g.name = p_name and g.md5 = md5(p_sql)) then
        return false;
    end if;
    begin
        execute 'create or replace view ' || p_name || ' as ' || p_sql;
    exception when invalid_table_definition then  -- other columns than before
        execute 'drop view ' || p_name;
        execute 'create view ' || p_name || ' as ' || p_sql;
    end;
    insert into engine.generated_text (name, md5) values (p_name, md5(p_sql))
    on conflict (name) do update set md5 = excluded.md5;
    return true;
end
$$;
comment on function engine.replace_view(text, text) is 'Makes a generated view, or makes it anew when its query has changed; says whether it did.';

create or replace function engine.move_tables(p_table text) returns void
language plpgsql as $$
declare
    v jsonb := engine.table_values(p_table);
    v_old text;
    v_index record;
    v_key_sql text;
begin
    -- Of a program that kept them beside the table itself.
    select format('%I.%I', n.nspname, c.relname) into v_old
    from engine.table_info as i
    join pg_catalog.pg_class as own on own.oid = i.relation
    join pg_catalog.pg_namespace as n on n.oid = own.relnamespace
    join pg_catalog.pg_class as c on c.relnamespace = n.oid and c.relname = left(own.relname || '_job', 63) and c.relkind = 'r'
    where i.table_name = p_table and (
        select count(*) from pg_catalog.pg_attribute as a
        where a.attrelid = c.oid and a.attname = any (engine.job_columns()) and not a.attisdropped) = cardinality(engine.job_columns());
    if v_old is not null and to_regclass(v ->> 'job') is null then
        for v_index in
            select x.relname as old_name, (v ->> 'job_name') || right(x.relname, -length(c.relname)) as new_name, x.relnamespace::regnamespace as space
            from pg_catalog.pg_index as i
            join pg_catalog.pg_class as x on x.oid = i.indexrelid
            join pg_catalog.pg_class as c on c.oid = i.indrelid
            where i.indrelid = v_old::regclass and starts_with(x.relname, c.relname)
        loop
            execute format('alter index %s.%I rename to %I', v_index.space, v_index.old_name, v_index.new_name);
        end loop;
        execute format('alter table %s set schema engine_job', v_old);
        execute format('alter table engine_job.%I rename to %I', (parse_ident(v_old))[2], v ->> 'job_name');
        select format('%I.%I', n.nspname, c.relname) into v_old
        from engine.table_info as i
        join pg_catalog.pg_class as own on own.oid = i.relation
        join pg_catalog.pg_namespace as n on n.oid = own.relnamespace
        join pg_catalog.pg_class as c on c.relnamespace = n.oid and c.relname = left(own.relname || '_key_source', 63) and c.relkind = 'v'
        where i.table_name = p_table and obj_description(c.oid, 'pg_class') like 'Keys that % is to hold: the join of its parents.%';
        if v_old is not null then
            execute format('drop view %s', v_old);
        end if;
    end if;
    -- A key of other columns or types is another queue.
    select string_agg(quote_ident(a.attname) || ' ' || format_type(a.atttypid, a.atttypmod) || ' not null', ', ' order by a.attnum)
    into v_key_sql
    from pg_catalog.pg_attribute as a
    where a.attrelid = to_regclass(v ->> 'job') and a.attnum > 0 and not a.attisdropped and a.attname <> all (engine.job_columns());
    if v_key_sql <> v ->> 'key_definitions' then
        update engine.table_info set broken = 'its key is being changed' where table_name = p_table;
        perform engine.generate_views();
        perform engine.drop_generated(v ->> 'job_name');
        update engine.table_info set broken = null where table_name = p_table;
    end if;
end
$$;
comment on function engine.move_tables(text) is
    'Moves the job table that an earlier program kept beside a computed table to engine_job, with its rows; drops what was generated for another key.';

create or replace function engine.drop_hidden(p_name text) returns void
language plpgsql as $$
begin
    if to_regtype(format('engine_hidden.%I', p_name)) is not null and not exists (
        select from pg_catalog.pg_class
        where relkind = 'v' and relname = p_name and obj_description(oid, 'pg_class') like 'Old name of engine\_job.%')
    then
        execute format('drop type engine_hidden.%I', p_name);
    end if;
end
$$;
comment on function engine.drop_hidden(text) is 'Drops the type that hid views of a name, when there is none any more.';

create or replace function engine.generate_old_name(p_table text) returns void
language plpgsql as $$
declare
    v jsonb := engine.table_values(p_table);
    v_schema text;
    v_name text;
    v_old record;
begin
    select n.nspname, c.relname || '_job' into v_schema, v_name
    from engine.table_info as i
    join pg_catalog.pg_class as c on c.oid = i.relation
    join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
    where i.table_name = p_table;
    -- Not where the name is too long, or somebody's own.
    if octet_length(v_name) > 63 or exists (
        select from pg_catalog.pg_class as c
        where c.relnamespace = to_regnamespace(quote_ident(v_schema)) and c.relname = v_name
          and (c.relkind <> 'v' or coalesce(obj_description(c.oid, 'pg_class'), '') not like 'Old name of engine\_job.%'))
    then
        return;
    end if;
    -- That of a name that the table had before.
    for v_old in
        select c.oid::regclass as view, c.relname
        from pg_catalog.pg_class as c
        where c.relkind = 'v' and obj_description(c.oid, 'pg_class') like 'Old name of ' || replace(v ->> 'job', '_', '\_') || ',%'
          and (c.relname <> v_name or c.relnamespace <> to_regnamespace(quote_ident(v_schema)))
    loop
        execute format('drop view %s', v_old.view);
        perform engine.drop_hidden(v_old.relname);
    end loop;
    if to_regclass(format('%I.%I', v_schema, v_name)) is null then
        execute format('create view %I.%I as select * from %s', v_schema, v_name, v ->> 'job');
        execute format('comment on view %I.%I is %L', v_schema, v_name,
            'Old name of ' || (v ->> 'job') || ', for scripts that use it. One row per open key.');
        execute (
            select string_agg(format('comment on column %I.%I.%I is %L', v_schema, v_name, a.attname, col_description(a.attrelid, a.attnum)), '; ')
            from pg_catalog.pg_attribute as a
            where a.attrelid = (v ->> 'job')::regclass and a.attnum > 0 and not a.attisdropped);
        execute format('revoke all on %I.%I from trialbase_ingest, trialbase_worker, trialbase_analyst', v_schema, v_name);
        execute format('grant select on %I.%I to trialbase_ingest, trialbase_worker, trialbase_analyst', v_schema, v_name);
        execute format('grant all on %I.%I to trialbase_admin', v_schema, v_name);
    end if;
    -- psql lists what is found by its bare name: this type is found first, and is neither table nor view.
    if to_regtype(format('engine_hidden.%I', v_name)) is null then
        execute format('create type engine_hidden.%I as ()', v_name);
        execute format('comment on type engine_hidden.%I is %L', v_name, 'Keeps views of this name out of psql''s lists. Holds nothing.');
    end if;
end
$$;
comment on function engine.generate_old_name(text) is
    'Keeps <table>_job beside a computed table as a view of its job table, out of the lists that psql shows analysts.';

create or replace function engine.generate_tables(p_table text) returns void
language plpgsql as $$
declare
    v jsonb := engine.table_values(p_table);
    v_view text := engine.key_source_sql(p_table);
    v_column text;
begin
    if engine.replace_view(v ->> 'source', v_view) then
        execute engine.fill($t$comment on view {source} is 'Keys that {name} is to hold: the join of its parents. One row per key.'$t$, v);
        execute engine.fill('grant select on {source} to trialbase_ingest, trialbase_worker, trialbase_analyst; grant all on {source} to trialbase_admin', v);
        foreach v_column in array (select key_columns from engine.table_info where table_name = p_table) loop
            execute format('comment on column %s.%I is %L', v ->> 'source', v_column, 'Key, as in ' || p_table || '.');
        end loop;
    end if;
    if to_regclass(v ->> 'job') is not null then
        return;
    end if;
    execute engine.fill($t$
create table {job} (
    {key_definitions},
    state engine.job_state not null default 'pending',
    is_stale boolean not null default false,
    priority integer not null default 0,
    queue_no bigint not null default nextval('engine.queue_number'),
    attempt integer not null default 0,
    changed_count integer not null default 0,
    run_after timestamptz not null default '-infinity',
    worker_id uuid,
    claim_id bigint,
    code_version integer,
    error_type text,
    error_message text,
    error_detail text,
    reason text,
    updated_at timestamptz not null default now(),
    primary key ({keys})
) with (fillfactor = 85, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 2000,
        autovacuum_analyze_scale_factor = 0.05, autovacuum_analyze_threshold = 2000, autovacuum_vacuum_cost_delay = 0);
create index {job_name}_pending_idx on {job} (priority, queue_no) where state = 'pending';
create index {job_name}_running_idx on {job} (worker_id) where state = 'running';
create index {job_name}_blocked_idx on {job} ({keys}) where state = 'blocked';
create index {job_name}_stale_idx on {job} ({keys}) where is_stale;
comment on table {job} is
    'Work queue of {name}: keys to compute or set aside. A key that is done and current has no row. One row per open key.';
comment on column {job}.state is 'pending, running, error, ignored, blocked or settled.';
comment on column {job}.is_stale is 'True when a result exists that is to be recomputed.';
comment on column {job}.priority is 'Urgency; lower numbers are taken first.';
comment on column {job}.queue_no is 'Place in the queue; older keys have lower numbers.';
comment on column {job}.attempt is 'How often the key was tried.';
comment on column {job}.changed_count is 'How often in a row its inputs changed while it was computed.';
comment on column {job}.run_after is 'Not claimed before this moment.';
comment on column {job}.worker_id is 'Worker that holds it, or that tried it last; see engine.worker.';
comment on column {job}.claim_id is 'Fence of the present claim; null when nobody holds the key.';
comment on column {job}.code_version is 'Code version of the last failed or settled attempt.';
comment on column {job}.error_type is 'Type of the last error, by the specification''s name.';
comment on column {job}.error_message is 'Message of the last error.';
comment on column {job}.error_detail is 'Longer text of the last error, whole.';
comment on column {job}.reason is 'Why there is nothing to compute (state settled).';
comment on column {job}.updated_at is 'Last change of this row.';
$t$, v);
    execute engine.fill('grant select on {job} to trialbase_ingest, trialbase_worker, trialbase_analyst; grant all on {job} to trialbase_admin', v);
    foreach v_column in array (select key_columns from engine.table_info where table_name = p_table) loop
        execute format('comment on column %s.%I is %L', v ->> 'job', v_column, 'Key, as in ' || p_table || '.');
    end loop;
end
$$;
comment on function engine.generate_tables(text) is 'Generates the key-source view and the job table of one computed table.';

create or replace function engine.generate_triggers(p_table text) returns void
language plpgsql as $$
declare
    v jsonb := engine.table_values(p_table);
    v_part text;
begin
    perform engine.guard(p_table::regclass);
    perform engine.replace_trigger(p_table::regclass, 'engine_1_written_insert', 'insert', (v ->> 'fn') || '__written_insert');
    perform engine.replace_trigger(p_table::regclass, 'engine_3_written_update', 'update', (v ->> 'fn') || '__written_update');
    perform engine.replace_trigger(p_table::regclass, 'engine_3_written_delete', 'delete', (v ->> 'fn') || '__written_delete');
    perform engine.replace_trigger(p_table::regclass, 'engine_3_written_truncate', 'truncate', (v ->> 'fn') || '__written_truncate');
    for v_part in select table_name from engine.table_info where master = p_table order by 1 loop
        perform engine.generate_part(v_part, p_table);
        execute format('grant insert, update, delete on %s to trialbase_worker', v_part::regclass);
    end loop;
    -- A result goes with its parents, by an administrator's hand, or because it settles (by the engine's own function).
    execute format('grant insert, update on %s to trialbase_worker', p_table::regclass);
    execute format('revoke delete on %s from trialbase_worker', p_table::regclass);
end
$$;
comment on function engine.generate_triggers(text) is 'Puts the engine''s triggers on a computed table and its parts, and lets workers write them.';

create or replace function engine.generate_views() returns void
language plpgsql as $$
declare
    v_sql text;
    v_empty text := 'select null::text, null::text, null::text, null::timestamptz where false';
begin
    select string_agg(engine.fill($t$select {name_literal}::text, {j.key_text}, j.state::text, j.updated_at from {job} as j where j.is_stale$t$,
               v || jsonb_build_object('name_literal', quote_literal(i.table_name))), ' union all ' order by i.table_name)
    into v_sql
    from engine.table_info as i cross join lateral engine.table_values(i.table_name) as v
    where engine.served(i);
    perform engine.replace_view('analysis.stale_result', 'select * from (' || coalesce(v_sql, v_empty) || ') as r (table_name, key_text, state, since)');
    comment on view analysis.stale_result is
        'Results that no longer agree with their inputs or with the code, and wait to be recomputed. One row per result.';
    comment on column analysis.stale_result.table_name is 'Computed table.';
    comment on column analysis.stale_result.key_text is 'The key as column=value,... in key order.';
    comment on column analysis.stale_result.state is 'pending, running, error, ignored, or blocked (an input is itself stale).';
    comment on column analysis.stale_result.since is 'When it became so (last change of its job).';

    select string_agg(engine.fill($t$select {name_literal}::text as table_name, {j.key_text} as key_text, j.state, j.is_stale, j.attempt, j.worker_id, j.run_after,
        j.error_type, j.error_message, j.error_detail, j.reason, j.updated_at from {job} as j$t$,
               v || jsonb_build_object('name_literal', quote_literal(i.table_name))), ' union all ' order by i.table_name)
    into v_sql
    from engine.table_info as i cross join lateral engine.table_values(i.table_name) as v
    where engine.served(i);
    perform engine.replace_view('engine.job', coalesce(v_sql,
        'select null::text as table_name, null::text as key_text, null::engine.job_state as state, null::boolean as is_stale, null::integer as attempt, '
        'null::uuid as worker_id, null::timestamptz as run_after, null::text as error_type, null::text as error_message, null::text as error_detail, '
        'null::text as reason, null::timestamptz as updated_at where false'));
    comment on view engine.job is 'Open keys of all computed tables together. One row per open key.';
    comment on column engine.job.table_name is 'Computed table.';
    comment on column engine.job.key_text is 'The key as column=value,... in key order.';
    comment on column engine.job.state is 'pending, running, error, ignored, blocked or settled.';
    comment on column engine.job.is_stale is 'True when a result exists that is to be recomputed.';
    comment on column engine.job.attempt is 'How often the key was tried.';
    comment on column engine.job.worker_id is 'Worker that holds it, or that tried it last.';
    comment on column engine.job.run_after is 'Not claimed before this moment.';
    comment on column engine.job.error_type is 'Type of the last error.';
    comment on column engine.job.error_message is 'Message of the last error.';
    comment on column engine.job.error_detail is 'Longer text of the last error.';
    comment on column engine.job.reason is 'Why there is nothing to compute.';
    comment on column engine.job.updated_at is 'Last change of the job.';

    perform engine.replace_view('analysis.queue_length', $t$
    select
        now() as time,
        t.table_name,
        count(j.state) filter (where j.state = 'pending')::integer as pending,
        count(j.state) filter (where j.state = 'running')::integer as running,
        count(j.state) filter (where j.state = 'error')::integer as failed,
        count(j.state) filter (where j.state = 'blocked')::integer as blocked,
        count(j.state) filter (where j.is_stale)::integer as stale
    from engine.table_info as t
    left join engine.job as j using (table_name)
    where t.tier = 'computed'
    group by t.table_name$t$);
    comment on view analysis.queue_length is 'Open keys at this moment, for charts. One row per computed table.';
    comment on column analysis.queue_length.time is 'Now.';
    comment on column analysis.queue_length.table_name is 'Computed table.';
    comment on column analysis.queue_length.pending is 'Keys that workers may take.';
    comment on column analysis.queue_length.running is 'Keys that workers hold.';
    comment on column analysis.queue_length.failed is 'Keys that failed and wait to be released.';
    comment on column analysis.queue_length.blocked is 'Keys that wait for a stale input.';
    comment on column analysis.queue_length.stale is 'Results that wait to be recomputed.';
end
$$;
comment on function engine.generate_views() is 'Generates the views over all job tables.';

create or replace function engine.generate_one(p_table text) returns void
language plpgsql as $$
begin
    perform engine.generate_functions(p_table);
    perform engine.generate_children(p_table);
    perform engine.generate_parents(p_table);
    perform engine.generate_triggers(p_table);
end
$$;
comment on function engine.generate_one(text) is 'Generates functions and triggers of one computed table whose key source and queue are there.';

drop function if exists engine.generated_from(text, text);
create or replace function engine.own_functions() returns text
language sql stable as $$
    select md5(string_agg(p.proname || p.prosrc, '' order by p.oid)) from pg_catalog.pg_proc as p
    where p.pronamespace = 'engine'::regnamespace and p.proname !~ '__';
$$;
comment on function engine.own_functions() is 'Hash of the engine''s own functions, those that generate among them.';

create or replace function engine.generated_from(p_stem text, p_pattern text, p_values text, p_own_functions text) returns text
language sql stable as $$
    with generated as materialized (
        select p.oid, p.proname from pg_catalog.pg_proc as p
        where p.pronamespace = 'engine'::regnamespace and starts_with(p.proname, p_stem || '__')
    )
    select md5(concat_ws(e'\x1f', p_values, p_own_functions,
        (select string_agg(g.proname, ',' order by g.proname) from generated as g where g.proname ~ ('^' || p_stem || p_pattern)),
        (select string_agg(concat_ws(' ', t.tgrelid, t.tgname, g.proname), ',' order by t.tgrelid, t.tgname)
         from generated as g join pg_catalog.pg_trigger as t on t.tgfoid = g.oid
         where g.proname ~ ('^' || p_stem || p_pattern) and t.tgenabled = 'O')));
$$;
comment on function engine.generated_from(text, text, text, text) is
    'Hash of what the generated functions of a stem that match a pattern, and their triggers, are made from: the given values, the engine''s own functions, and which of them there are.';

create or replace function engine.values_of(p_table text) returns text
language sql stable as $$
    select concat_ws(e'\x1f', v::text, engine.key_source_sql(p_table), engine.blocked_sql(p_table, 'k'), engine.stamps_sql(p_table, 'k'),
        (select string_agg(concat_ws(' ', k.parent_no, k.parent, k.columns, k.referenced, t.tier), ',' order by k.parent_no)
         from engine.key_parents(i.relation) as k left join engine.table_info as t on t.relation = k.parent),
        (select string_agg(concat_ws(' ', c.*::text, engine.table_values(c.child)::text, engine.blocked_sql(c.child, 'd'), engine.stamps_sql(c.child, 't')),
                           ',' order by c.child, c.key_columns) from engine.children(p_table) as c),
        (select string_agg(concat_ws(' ', p.table_name, p.relation::oid, (select count(*) from pg_catalog.pg_trigger where tgrelid = p.relation and tgname ~ '^engine_[01]_')), ',' order by p.table_name)
         from engine.table_info as p where p.master = p_table),
        (select string_agg(one::oid::text, ' ' order by one::oid)
         from (select i.relation as top union select k.parent from engine.key_parents(i.relation) as k
               union select p.relation from engine.table_info as p where p.master = p_table) as t
         cross join lateral engine.tree(t.top) as one))
    from engine.table_info as i cross join lateral engine.table_values(i.table_name) as v
    where i.table_name = p_table;
$$;
comment on function engine.values_of(text) is 'All that the functions and triggers of a computed table are made from, as text.';

create or replace function engine.touch_values(p_input text) returns text
language sql stable as $$
    select concat_ws(e'\x1f', p_input, engine.primary_key_columns(s.relation),
        (select string_agg(one::oid::text, ' ') from engine.tree(s.relation) as one),
        string_agg(concat_ws(' ', s.*::text, i.*::text, v::text, engine.owner_sql(coalesce(s.via_relation, s.relation), s.owner_columns, 'o'),
                             (select string_agg(c.*::text, ',') from engine.computed_inputs(i.table_name) as c),
                             (select string_agg(k.*::text, ',') from engine.key_parents(t.relation) as k)),
                   ',' order by s.source_no, i.table_name, i.key_columns),
        (select string_agg(attname || atttypid, ',' order by attnum) from pg_catalog.pg_attribute
         where attrelid = s.relation and attnum > 0 and not attisdropped))
    from engine.stamp_source as s
    join engine.table_input as i using (source_no)
    join engine.table_info as t using (table_name)
    cross join lateral engine.table_values(t.table_name) as v
    where s.input_table = p_input and engine.served(t)
    group by s.relation;
$$;
comment on function engine.touch_values(text) is 'All that the triggers on an input are made from, as text; null when nobody reads it.';

create or replace function engine.regenerate() returns void
language plpgsql set search_path = pg_catalog, pg_temp set client_min_messages = warning as $$
declare
    v_table text;
    v_reason text;
    v_new text[] := '{}';
    v_renamed oid[];
    v_stem text;
    v_values text;
    v_own text := engine.own_functions();
    v_was_generating text := current_setting('engine.generating', true);
begin
    perform set_config('engine.generating', 'on', true);
    perform engine.maintain_history();
    perform engine.set_search_path();
    v_renamed := array(select i.relation from engine.table_info as i where engine.plain_name(i.relation) <> i.table_name);
    perform engine.follow_names();
    -- Keys may have passed a table by that was renamed behind the engine's back.
    v_new := array(select i.table_name from engine.table_info as i where i.relation::oid = any (v_renamed));
    -- One registration that no longer holds is set aside with its reason, and never stops the others.
    for v_table in select table_name from engine.table_info where tier = 'computed' order by table_no loop
        if engine.plain_name((select relation from engine.table_info where table_name = v_table)) is null then
            perform engine.unregister_computed(v_table);
            continue;
        end if;
        v_reason := engine.check_registration(v_table);
        if v_reason is null then
            update engine.table_info set broken = null where table_name = v_table and broken is not null;
            if found then
                v_new := v_new || v_table;
            end if;
            begin
                perform engine.name_for((select relation from engine.table_info where table_name = v_table));
                perform engine.move_tables(v_table);
                if to_regclass(engine.table_values(v_table) ->> 'job') is null then
                    v_new := v_new || v_table;
                end if;
                perform engine.generate_tables(v_table);
            exception when others then
                v_reason := sqlerrm;
            end;
        end if;
        if v_reason is not null then
            perform engine.set_aside(v_table, v_reason);
        end if;
    end loop;
    for v_table in select table_name from engine.table_info where tier = 'computed' and broken is null order by table_no loop
        begin
            perform engine.generate_old_name(v_table);
            -- What is as it would be made stays: to make it again would lock tables, and takes its time.
            v_stem := engine.function_name(v_table);
            v_values := engine.values_of(v_table);
            if not exists (select from engine.generated_text as g
                           where g.name = 'engine.' || v_stem and g.md5 = engine.generated_from(v_stem, '__(?!touched_|part_)', v_values, v_own)) then
                if engine.has_other_parents(v_table) then
                    v_new := v_new || v_table;
                end if;
                perform engine.generate_one(v_table);
                v_values := engine.values_of(v_table);
                insert into engine.generated_text (name, md5) values ('engine.' || v_stem, engine.generated_from(v_stem, '__(?!touched_|part_)', v_values, v_own))
                on conflict (name) do update set md5 = excluded.md5;
            end if;
        exception when others then
            perform engine.set_aside(v_table, sqlerrm);
        end;
    end loop;
    for v_table in
        select distinct input_table from engine.stamp_source where engine.plain_name(relation) is not null order by 1
    loop
        begin
            v_stem := engine.name_for(v_table::regclass);
            v_values := engine.touch_values(v_table);
            if v_values is null or not exists (
                select from engine.generated_text as g
                where g.name = 'touch ' || v_stem and g.md5 = engine.generated_from(v_stem, '__touched_', v_values, v_own)) then
                perform engine.generate_touch(v_table);
                insert into engine.generated_text (name, md5)
                values ('touch ' || v_stem, engine.generated_from(v_stem, '__touched_', coalesce(v_values, ''), v_own))
                on conflict (name) do update set md5 = excluded.md5;
            end if;
        exception when others then
            v_reason := sqlerrm;
            perform engine.set_aside(r.table_name, v_reason)
            from (select distinct i.table_name from engine.table_input as i join engine.stamp_source as s using (source_no)
                  join engine.table_info as t using (table_name) where s.input_table = v_table and t.broken is null) as r;
            perform engine.generate_touch(v_table);
        end;
    end loop;
    perform engine.generate_views();
    perform engine.grant_functions();
    perform engine.watch_ddl();
    for v_table in
        select i.table_name from engine.table_info as i where i.table_name = any (v_new) and engine.served(i) order by i.table_no
    loop
        perform engine.refresh(v_table);
    end loop;
    perform set_config('engine.generating', coalesce(v_was_generating, ''), true);
end
$$;
comment on function engine.regenerate() is
    'Generates everything that the engine keeps per computed table, from the catalogue and the registrations; run at the end of every migrate. '
    'Existing job tables and their rows stay. A registration that no longer holds is set aside with a warning (engine.table_info.broken); those of dropped tables go.';
