-- What the engine generates along the dependency graph: how staleness travels to children, how parents' rows queue keys,
-- how changed inputs raise stamps; and the call that generates everything.

create or replace function engine.children(p_table text)
returns table (child text, owner_columns text[], via text, via_columns text[])
language sql stable as $$
    select t.table_name, i.owner_columns, i.via, i.via_columns
    from engine.table_info as t
    cross join lateral engine.computed_inputs(t.table_name) as i
    where t.tier = 'computed' and i.input_table = p_table;
$$;
comment on function engine.children(text) is
    'Computed tables that depend on a computed table, with the way from its keys to theirs. One row per dependency.';

create or replace function engine.child_join_sql(
    p_owner text[], p_via text, p_via_columns text[], p_relation text, p_alias text
) returns text
language sql stable as $$
    select case when p_via is null then '' else
            format(' join %s as v using (%s)', p_via, array_to_string(p_via_columns, ', ')) end
        || format(' join %s as %s on ', p_relation, p_alias)
        || string_agg(format('%1$s.%2$I = %3$s.%2$I', p_alias, c, case when p_via is null then 'k' else 'v' end), ' and ')
    from unnest(p_owner) as c;
$$;
comment on function engine.child_join_sql(text[], text, text[], text, text) is
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
    for v_child in select * from engine.children(p_table) order by child loop
        c := (select jsonb_object_agg('c.' || key, value) from jsonb_each(engine.table_values(v_child.child)));
        c := c || v || jsonb_build_object(
            'result_join', engine.child_join_sql(v_child.owner_columns, v_child.via, v_child.via_columns, c ->> 'c.table', 'd'),
            'job_join', engine.child_join_sql(v_child.owner_columns, v_child.via, v_child.via_columns, c ->> 'c.job', 'd'),
            'blocked_d', engine.blocked_sql(v_child.child, 'd'),
            'stamps_t', engine.stamps_sql(v_child.child, 't'));
        v_block := v_block || engine.fill($t$
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
$t$, c || jsonb_build_object('d.keys', (
                select string_agg('d.' || quote_ident(a), ', ') from unnest((select key_columns from engine.table_info where table_name = v_child.child)) as a)));
        v_release := v_release || engine.fill($t$
    if exists (select from {c.job} as j where j.state = 'blocked') then
    declare
        {c.key_variables}
    begin
        select {c.key_aggregates} into {c.key_into}
        from (select distinct {d.keys} from unnest({key_values}) as k ({keys}){job_join}
              where d.state = 'blocked' and not {blocked_d}) as k;
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
                  and j.state = 'pending' and j.is_stale
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
$t$, c || jsonb_build_object('d.keys', (
                select string_agg('d.' || quote_ident(a), ', ') from unnest((select key_columns from engine.table_info where table_name = v_child.child)) as a)));
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

create or replace function engine.replace_trigger(p_table regclass, p_name text, p_event text, p_function text) returns void
language plpgsql as $$
begin
    execute format('drop trigger if exists %I on %s', p_name, p_table);
    execute format('create trigger %I after %s on %s%s for each statement execute function %s()',
        p_name, p_event, p_table,
        case p_event when 'insert' then ' referencing new table as new_rows'
                     when 'delete' then ' referencing old table as old_rows'
                     else ' referencing old table as old_rows new table as new_rows' end,
        p_function);
end
$$;
comment on function engine.replace_trigger(regclass, text, text, text) is 'Puts a statement trigger with its transition tables on a table, instead of one of the same name.';

create or replace function engine.parent_lock_sql(p_table text, p_parent_no integer, p_relation text) returns text
language plpgsql stable as $$
declare
    v_parents integer;
    v_owned integer;
    v_shared text[];
    v_this record;
    v_no smallint := (select table_no from engine.table_info where table_name = p_table);
begin
    select count(*), count(*) filter (where coalesce(t.tier, 'manual') <> 'lookup')
    into v_parents, v_owned
    from engine.key_parents(p_table::regclass) as k
    left join engine.table_info as t on t.table_name::regclass = k.parent;
    select k.*, coalesce(t.tier, 'manual') as tier into v_this
    from engine.key_parents(p_table::regclass) as k
    left join engine.table_info as t on t.table_name::regclass = k.parent
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
           from engine.key_parents(p_table::regclass) as k
           left join engine.table_info as t on t.table_name::regclass = k.parent
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

create or replace function engine.generate_parents(p_table text) returns void
language plpgsql as $$
declare
    v jsonb := engine.table_values(p_table);
    p jsonb;
    v_parent record;
    v_restriction text := (select restriction from engine.table_info where table_name = p_table);
    v_stem text := replace(p_table, '.', '__');
begin
    for v_parent in select * from engine.key_parents(p_table::regclass) order by parent_no loop
        p := v || jsonb_build_object(
            'parent_no', v_parent.parent_no, 'parent', v_parent.parent::text,
            'lock_new', engine.parent_lock_sql(p_table, v_parent.parent_no, 'new_rows'),
            'lock_old', engine.parent_lock_sql(p_table, v_parent.parent_no, 'old_rows'),
            'delta', engine.key_source_sql(p_table, v_parent.parent_no, 'new_rows'),
            'many', case when exists (
                    select from engine.table_info as t where t.table_name::regclass = v_parent.parent and t.tier = 'lookup')
                then 'true' else '(select count(*) from (select from new_rows limit 64) as few) = 64' end,
            'blocked_k', engine.blocked_sql(p_table, 'k'),
            'stamps_k', engine.stamps_sql(p_table, 'k'),
            'match', (select string_agg(format('j.%I = k.%I', v_parent.columns[i], v_parent.referenced[i]), ' and ')
                      from generate_subscripts(v_parent.columns, 1) as i));
        p := p || jsonb_build_object('state', case when p ->> 'blocked_k' = 'false' then '''pending'''
            else engine.fill('case when {blocked_k} then ''blocked'' else ''pending'' end::engine.job_state', p) end);
        execute engine.fill($t$
create or replace function {fn}__parent_{parent_no}_inserted() returns trigger
language plpgsql {settings} as $fn$
declare
    v_was_empty boolean;
    v_is_queued boolean := false;
    v_count bigint;
begin
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
$t$, p);
        perform engine.replace_trigger(v_parent.parent, format('engine_2_queue_%s_%s_i', v_stem, v_parent.parent_no), 'insert',
            format('%s__parent_%s_inserted', v ->> 'fn', v_parent.parent_no));
        perform engine.replace_trigger(v_parent.parent, format('engine_2_queue_%s_%s_d', v_stem, v_parent.parent_no), 'delete',
            format('%s__parent_%s_deleted', v ->> 'fn', v_parent.parent_no));
        if v_restriction is not null then
            execute engine.fill($t$
create or replace function {fn}__parent_{parent_no}_updated() returns trigger
language plpgsql {settings} as $fn$
#variable_conflict use_column
declare
    v_code_version integer := (select i.code_version from engine.table_info as i where i.table_no = {no});
    {key_variables}
begin
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
    v_pk text[] := engine.primary_key_columns(p_input::regclass);
    v_name text := engine.function_name(p_input);
    v_all text[] := array(
        select attname::text from pg_catalog.pg_attribute
        where attrelid = p_input::regclass and attnum > 0 and not attisdropped and attname <> 'run_id' order by attnum);
begin
    foreach v_event in array array['insert', 'update', 'delete'] loop
        v_body := '';
        v_declare := '';
        for v_source in
            select q.*, engine.via_columns(p_input::regclass, q.via::regclass, q.owner_columns) as via_columns
            from engine.stamp_source as q
            where q.input_table = p_input and exists (select from engine.table_input as i where i.source_no = q.source_no)
            order by q.source_no
        loop
            -- A row that is itself a parent of every reader's key brings its keys with it: nobody can have read them before.
            continue when v_event = 'insert' and v_source.via is null and v_pk <@ v_source.owner_columns
                and not exists (
                    select from engine.table_input as i
                    where i.source_no = v_source.source_no
                      and not exists (select from engine.key_parents(i.table_name::regclass) as k where k.parent = p_input::regclass));
            v_columns := coalesce(v_source.columns, v_all);
            v_rows := case v_event
                when 'insert' then 'new_rows'
                when 'delete' then 'old_rows'
                else (select format('(select o.* from old_rows as o left join new_rows as n on %1$s where n.%2$I is null or (%3$s) is distinct from (%4$s)'
                                    ' union all select n.* from new_rows as n left join old_rows as o on %1$s where o.%2$I is null or (%3$s) is distinct from (%4$s))',
                        (select string_agg(format('o.%1$I = n.%1$I', c), ' and ') from unnest(v_pk) as c), v_pk[1],
                        (select string_agg(format('o.%I', c), ', ') from unnest(v_columns) as c),
                        (select string_agg(format('n.%I', c), ', ') from unnest(v_columns) as c)))
                end;
            s := jsonb_build_object(
                'no', v_source.source_no,
                'rows', v_rows,
                'owners', (select string_agg(quote_ident(c), ', ' order by n) from unnest(v_source.owner_columns) with ordinality as u (c, n)),
                'x.owners', (select string_agg(format('%s.%I', case when v_source.via is null then 'i' else 'v' end, c), ', ' order by n)
                             from unnest(v_source.owner_columns) with ordinality as u (c, n)),
                'via', case when v_source.via is null then '' else
                    format(' join %s as v using (%s)', v_source.via, array_to_string(v_source.via_columns, ', ')) end,
                'o.owners', (select string_agg(format('o.%I', c), ', ' order by n) from unnest(v_source.owner_columns) with ordinality as u (c, n)),
                'one.owners', (select string_agg(format('one.%I', c), ', ' order by n) from unnest(v_source.owner_columns) with ordinality as u (c, n)),
                'o.aggregates', (select string_agg(format('array_agg(o.%I)', c), ', ' order by n) from unnest(v_source.owner_columns) with ordinality as u (c, n)),
                'variables', (select string_agg(format('v_%s_%s', v_source.source_no, n), ', ' order by n) from unnest(v_source.owner_columns) with ordinality as u (c, n)),
                'first_variable', format('v_%s_1', v_source.source_no),
                'o.owner_id', engine.owner_sql(coalesce(v_source.via, p_input)::regclass, v_source.owner_columns, 'o'));
            v_declare := v_declare || (
                select string_agg(format('v_%s_%s %s[]; ', v_source.source_no, u.n, format_type(a.atttypid, null)), '' order by u.n)
                from unnest(v_source.owner_columns) with ordinality as u (c, n)
                join pg_catalog.pg_attribute as a on a.attrelid = coalesce(v_source.via, p_input)::regclass and a.attname = u.c);
            v_readers := '';
            for v_reader in select i.table_name from engine.table_input as i where i.source_no = v_source.source_no order by 1 loop
                -- What leads from stale inputs to their readers may have changed too: look at waiting keys again.
                r := engine.table_values(v_reader.table_name) || jsonb_build_object('states',
                    case when exists (select from engine.computed_inputs(v_reader.table_name))
                         then '''settled'', ''error'', ''pending'', ''blocked''' else '''settled'', ''error''' end);
                v_readers := v_readers || engine.fill($t$
        declare
            {key_variables}
        begin
            select {key_aggregates} into {key_into} from (
                select {t.keys} from unnest({variables}) as o ({owners})
                cross join lateral (select * from {table} as one where ({one.owners}) = ({o.owners}) offset 0) as t
                union
                select {j.keys} from unnest({variables}) as o ({owners})
                cross join lateral (
                    select * from {job} as one
                    where ({one.owners}) = ({o.owners}) and one.state in ({states}) offset 0) as j) as k;
            if {first_key_into} is not null then
                perform {fn}__mark_stale({key_into});
            end if;
        end;
$t$, r || s);
            end loop;
            v_body := v_body || engine.fill($t$
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
$t$, s || jsonb_build_object('readers', v_readers));
        end loop;
        execute format('drop trigger if exists engine_2_touch_%s on %s', left(v_event, 1), p_input::regclass);
        continue when v_body = '';
        if cardinality(v_pk) = 0 and v_event = 'update' then
            raise exception 'input table % has no primary key', p_input;
        end if;
        execute engine.fill($t$
create or replace function engine.{name}__touched_{event}() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp set enable_seqscan = off set jit = off as $fn$
#variable_conflict use_column
declare
    {declare}
begin
    perform engine.check_isolation();
    {body}
    return null;
end
$fn$;
comment on function engine.{name}__touched_{event}() is
    'Trigger: on {event}, raises the stamps of what {input} belongs to and marks the results that read it as stale.';
$t$, jsonb_build_object('name', v_name, 'event', v_event, 'body', v_body, 'input', p_input, 'declare', v_declare));
        perform engine.replace_trigger(p_input::regclass, 'engine_2_touch_' || left(v_event, 1), v_event,
            format('engine.%s__touched_%s', v_name, v_event));
    end loop;
end
$$;
comment on function engine.generate_touch(text) is 'Generates the triggers that raise stamps when rows of one input table change.';

create or replace function engine.generate_part(p_part text, p_master text) returns void
language plpgsql as $$
declare
    v jsonb := engine.table_values(p_master) || jsonb_build_object('part', p_part::regclass::text, 'part_fn', 'engine.' || engine.function_name(p_part));
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
        raise exception 'rows of part {part} cannot be deleted while their master row in {name} stays'
            using errcode = 'TB009', hint = 'Delete the master row, or use trialbase delete --with-masters.';
    end if;
    return null;
end
$fn$;
comment on function {part_fn}__part_deleted() is 'Trigger: part rows of {part} go with their master alone, or are replaced by populate.';
$t$, v);
    perform engine.replace_trigger(p_part::regclass, 'engine_1_part_inserted', 'insert', (v ->> 'part_fn') || '__part_inserted');
    perform engine.replace_trigger(p_part::regclass, 'engine_1_part_updated', 'update', (v ->> 'part_fn') || '__part_updated');
    perform engine.replace_trigger(p_part::regclass, 'engine_1_part_deleted', 'delete', (v ->> 'part_fn') || '__part_deleted');
    execute format('create or replace trigger engine_0_guard before insert or update on %s for each statement execute function engine.guard_computed()', p_part::regclass);
end
$$;
comment on function engine.generate_part(text, text) is 'Generates the triggers that keep a part with its master.';

create or replace function engine.generate_tables(p_table text) returns void
language plpgsql as $$
declare
    v jsonb := engine.table_values(p_table);
    v_column text;
begin
    execute engine.fill('create or replace view {source} as {key_source}', v || jsonb_build_object('key_source', engine.key_source_sql(p_table)));
    execute engine.fill($t$comment on view {source} is 'Keys that {name} is to hold: the join of its parents. One row per key.'$t$, v);
    execute engine.fill($t$
create table if not exists {job} (
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
create index if not exists {job_name}_pending_idx on {job} (priority, queue_no) where state = 'pending';
create index if not exists {job_name}_running_idx on {job} (worker_id) where state = 'running';
create index if not exists {job_name}_blocked_idx on {job} ({keys}) where state = 'blocked';
create index if not exists {job_name}_stale_idx on {job} ({keys}) where is_stale;
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
    foreach v_column in array (select key_columns from engine.table_info where table_name = p_table) loop
        execute format('comment on column %s.%I is %L', v ->> 'job', v_column, 'Key, as in ' || p_table || '.');
        execute format('comment on column %s.%I is %L', v ->> 'source', v_column, 'Key, as in ' || p_table || '.');
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
    execute format('create or replace trigger engine_0_guard before insert or update on %s for each statement execute function engine.guard_computed()', p_table::regclass);
    perform engine.replace_trigger(p_table::regclass, 'engine_1_written_insert', 'insert', (v ->> 'fn') || '__written_insert');
    perform engine.replace_trigger(p_table::regclass, 'engine_3_written_update', 'update', (v ->> 'fn') || '__written_update');
    perform engine.replace_trigger(p_table::regclass, 'engine_3_written_delete', 'delete', (v ->> 'fn') || '__written_delete');
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
               v || jsonb_build_object('name_literal', quote_literal(table_name))), ' union all ' order by table_name)
    into v_sql
    from engine.table_info cross join lateral engine.table_values(table_name) as v
    where tier = 'computed';
    execute 'create or replace view analysis.stale_result (table_name, key_text, state, since) as ' || coalesce(v_sql, v_empty);
    comment on view analysis.stale_result is
        'Results that no longer agree with their inputs or with the code, and wait to be recomputed. One row per result.';
    comment on column analysis.stale_result.table_name is 'Computed table.';
    comment on column analysis.stale_result.key_text is 'The key as column=value,... in key order.';
    comment on column analysis.stale_result.state is 'pending, running, error, ignored, or blocked (an input is itself stale).';
    comment on column analysis.stale_result.since is 'When it became so (last change of its job).';

    select string_agg(engine.fill($t$select {name_literal}::text as table_name, {j.key_text} as key_text, j.state, j.is_stale, j.attempt, j.worker_id, j.run_after,
        j.error_type, j.error_message, j.error_detail, j.reason, j.updated_at from {job} as j$t$,
               v || jsonb_build_object('name_literal', quote_literal(table_name))), ' union all ' order by table_name)
    into v_sql
    from engine.table_info cross join lateral engine.table_values(table_name) as v
    where tier = 'computed';
    execute 'create or replace view engine.job as ' || coalesce(v_sql,
        'select null::text as table_name, null::text as key_text, null::engine.job_state as state, null::boolean as is_stale, null::integer as attempt, '
        'null::uuid as worker_id, null::timestamptz as run_after, null::text as error_type, null::text as error_message, null::text as error_detail, '
        'null::text as reason, null::timestamptz as updated_at where false');
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

    create or replace view analysis.queue_length as
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
    group by t.table_name;
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

create or replace function engine.regenerate() returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
    v_table text;
    v_new text[];
begin
    perform engine.maintain_history();
    v_new := array(
        select table_name from engine.table_info
        where tier = 'computed' and to_regclass(engine.table_values(table_name) ->> 'job') is null);
    for v_table in select table_name from engine.table_info where tier = 'computed' order by table_no loop
        perform engine.check_restriction(v_table);
        perform engine.generate_tables(v_table);
    end loop;
    for v_table in select table_name from engine.table_info where tier = 'computed' order by table_no loop
        perform engine.generate_functions(v_table);
        perform engine.generate_children(v_table);
        perform engine.generate_parents(v_table);
        perform engine.generate_triggers(v_table);
    end loop;
    for v_table in select distinct input_table from engine.stamp_source order by 1 loop
        perform engine.generate_touch(v_table);
    end loop;
    perform engine.generate_views();
    perform engine.grant_functions();
    foreach v_table in array v_new loop
        perform engine.refresh(v_table);
    end loop;
end
$$;
comment on function engine.regenerate() is
    'Generates everything that the engine keeps per computed table, from the catalogue and the registrations; run at the end of every migrate. Existing job tables and their rows stay.';
