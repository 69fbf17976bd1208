-- Registered tables by identity instead of by name: the engine follows a table that is renamed, notices one that is gone,
-- and gives every table a short name of its own for what it generates. Inputs may name the owner's columns otherwise than
-- the key does. Queues and key sources move to schemas of their own when engine.regenerate() next runs.

create schema engine_job;
comment on schema engine_job is
    'Work queues of the computed tables, one table each: open keys with their state and last error. Kept by the engine.';
create schema engine_key;
comment on schema engine_key is
    'Key sources of the computed tables, one view each: the keys that the table is to hold. Kept by the engine.';
create schema engine_hidden;
comment on schema engine_hidden is
    'Types without columns, named as the views <table>_job that old scripts use: they keep these out of psql''s lists. Holds no data.';
revoke all on schema engine_job, engine_key, engine_hidden from public;
grant usage on schema engine_job, engine_key, engine_hidden
    to trialbase_admin, trialbase_ingest, trialbase_worker, trialbase_analyst;
grant create on schema engine_job, engine_key, engine_hidden to trialbase_admin;
alter default privileges in schema engine_job, engine_key
    grant select on tables to trialbase_ingest, trialbase_worker, trialbase_analyst;
alter default privileges in schema engine_job, engine_key grant all on tables to trialbase_admin;

comment on schema imaging is
    'Calcium imaging and electrophysiology: recordings, their quality and responses. Has no tables yet.';
comment on schema model is
    'Trained networks: their training, their trials and their analyses. Has no tables yet.';

-- Identity ----------------------------------------------------------------------------------------------

alter table engine.table_info add column relation regclass;
alter table engine.table_info add constraint table_info_relation_key unique (relation);
alter table engine.table_info add column broken text;
comment on column engine.table_info.relation is 'The table itself, whatever its name; the name follows it.';
comment on column engine.table_info.broken is
    'Why the engine cannot serve this computed table as it is (a parent, an input or a column is gone); null when it can. The others go on.';
update engine.table_info set relation = to_regclass(table_name);

alter table engine.table_info drop constraint table_info_master_fkey;
alter table engine.table_info add constraint table_info_master_fkey
    foreign key (master) references engine.table_info on update cascade;
alter table engine.table_input drop constraint table_input_table_fkey;
alter table engine.table_input add constraint table_input_table_fkey
    foreign key (table_name) references engine.table_info on update cascade on delete cascade;

alter table engine.stamp_source add column relation regclass;
alter table engine.stamp_source add column via_relation regclass;
comment on column engine.stamp_source.relation is 'The input table itself, whatever its name.';
comment on column engine.stamp_source.via_relation is 'The table of via itself, whatever its name.';
comment on column engine.stamp_source.owner_columns is
    'Columns of the input (or of the table that leads to the owner) by which its rows belong to keys.';
update engine.stamp_source set relation = to_regclass(input_table), via_relation = to_regclass(via);

alter table engine.table_input add column key_columns text[];
update engine.table_input as i set key_columns = s.owner_columns
from engine.stamp_source as s where s.source_no = i.source_no;
alter table engine.table_input alter column key_columns set not null;
alter table engine.table_input drop constraint table_input_pkey;
alter table engine.table_input add constraint table_input_pkey primary key (table_name, source_no, key_columns);
comment on table engine.table_input is
    'Which sources each computed table reads. One row per computed table, source and way from the source''s owners to the table''s keys.';
comment on column engine.table_input.key_columns is
    'Key columns of the computed table that the source''s owner columns stand for, in their order; the same names as a rule.';

-- Of functions that schema/objects defines, those that give other columns than before.
drop function if exists engine.computed_inputs(text);
drop function if exists engine.children(text);
drop function if exists engine.child_join_sql(text[], text, text[], text, text);

create table engine.generated_name (
    relation regclass not null,
    stem text not null,
    constraint generated_name_pkey primary key (relation),
    constraint generated_name_stem_key unique (stem),
    constraint generated_name_stem_check check (stem ~ '^[a-z_][a-z0-9_]*$' and length(stem) <= 42)
);
comment on table engine.generated_name is
    'Stems of generated names: <schema>__<table>, shortened or told apart by a hash where that is too long, not plain or taken. One row per table.';
comment on column engine.generated_name.relation is 'Computed table, part or input.';
comment on column engine.generated_name.stem is
    'Stem of its functions in schema engine (<stem>__claim), its queue in engine_job and its key source in engine_key.';

create table engine.generated_text (
    name text not null,
    md5 text not null,
    constraint generated_text_pkey primary key (name)
);
comment on table engine.generated_text is
    'What generated views were made from, so that they are made again only when that has changed. One row per view.';
comment on column engine.generated_text.name is 'Name of the view, with its schema.';
comment on column engine.generated_text.md5 is 'Hash of its query.';

-- Registration ------------------------------------------------------------------------------------------

create function engine.plain_name(p_relation regclass) returns text
language sql stable as $$
    select quote_ident(n.nspname) || '.'
        || case when c.relname ~ '^[a-z_][a-z0-9_]*$' then c.relname else quote_ident(c.relname) end
    from pg_catalog.pg_class as c join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
    where c.oid = p_relation;
$$;
comment on function engine.plain_name(regclass) is
    'Name of a table as the engine keeps it: with its schema, quoted where it must be; null when the table is gone.';

create function engine.base_type(p_relation regclass, p_column text) returns oid
language sql stable as $$
    with recursive type as (
        select a.atttypid as oid from pg_catalog.pg_attribute as a
        where a.attrelid = p_relation and a.attname = p_column and a.attnum > 0 and not a.attisdropped
        union all
        select t.typbasetype from type join pg_catalog.pg_type as t on t.oid = type.oid where t.typtype = 'd'
    )
    select type.oid from type join pg_catalog.pg_type as t on t.oid = type.oid where t.typtype <> 'd';
$$;
comment on function engine.base_type(regclass, text) is 'Type of a column with domains resolved; null when there is no such column.';

create function engine.owner_type(p_relation regclass, p_column text) returns text
language sql stable as $$
    select case
        when oid in ('int2'::regtype, 'int4'::regtype, 'int8'::regtype) then 'integer'
        when oid in ('text'::regtype, 'varchar'::regtype, 'name'::regtype, 'bpchar'::regtype) then 'text'
        else format_type(oid, null) end
    from engine.base_type(p_relation, p_column) as oid;
$$;
comment on function engine.owner_type(regclass, text) is
    'Type of a column as far as its values'' texts go: owners are compared as texts, so that a key and its inputs must agree in it.';

create or replace function engine.set_tier(p_table text, p_tier engine.table_tier, p_about text default null) returns void
language sql as $$
    insert into engine.table_info (table_name, tier, about, relation)
    values (engine.plain_name(p_table::regclass), p_tier, p_about, p_table::regclass)
    on conflict (table_name) do update
        set tier = excluded.tier, about = coalesce(excluded.about, table_info.about), relation = excluded.relation;
$$;
comment on function engine.set_tier(text, engine.table_tier, text) is
    'Tells the engine the tier of a table that is neither computed nor a part.';

comment on function engine.input(text, text, text[], text) is
    'Describes one input of a computed table for engine.register_computed: the table that its fetch reads, the '
    'key columns (separated by commas) by which rows belong to a key, the columns that count (null: all), and '
    'the table that leads from its rows to the owner columns when it lacks them. Where the input names a key column '
    'otherwise, its own column is found along the foreign keys, or said: first_session_id=session_id.';

create function engine.column_roots(p_relation regclass, p_column text)
returns table (relation oid, column_name text)
language sql stable as $$
    with recursive root as (
        select p_relation::oid as relation, p_column collate "C" as column_name
        union
        select c.confrelid, r.attname::text collate "C"
        from root
        join pg_catalog.pg_constraint as c on c.conrelid = root.relation and c.contype = 'f'
        cross join lateral unnest(c.conkey, c.confkey) as k (attnum, refnum)
        join pg_catalog.pg_attribute as a on a.attrelid = c.conrelid and a.attnum = k.attnum and a.attname = root.column_name
        join pg_catalog.pg_attribute as r on r.attrelid = c.confrelid and r.attnum = k.refnum
    )
    select * from root;
$$;
comment on function engine.column_roots(regclass, text) is
    'What a column stands for: itself and the columns that it refers to along foreign keys. One row per column.';

create function engine.input_column(p_table regclass, p_key_column text, p_input regclass) returns text
language plpgsql stable as $$
declare
    v_found text[];
begin
    if engine.base_type(p_input, p_key_column) is not null then
        return p_key_column;
    end if;
    v_found := array(
        select a.attname::text
        from pg_catalog.pg_attribute as a
        where a.attrelid = p_input and a.attnum > 0 and not a.attisdropped
          and exists (
              select from engine.column_roots(p_input, a.attname) as i
              join engine.column_roots(p_table, p_key_column) as k using (relation, column_name))
        order by 1);
    if cardinality(v_found) = 0 then  -- no foreign key leads there: by the name that the parents use
        v_found := array(
            select distinct k.column_name from engine.column_roots(p_table, p_key_column) as k
            where engine.base_type(p_input, k.column_name) is not null);
    end if;
    if cardinality(v_found) = 0 then
        raise exception 'table % has no column % and none that refers to what % of % refers to',
            p_input, p_key_column, p_key_column, p_table
            using hint = format('Say which of its columns it is: engine.input(%L, ''%s=<column>''), or name the table that leads there (via).', p_input::text, p_key_column);
    end if;
    if cardinality(v_found) > 1 then
        raise exception 'several columns of % could be % of %: %', p_input, p_key_column, p_table, array_to_string(v_found, ', ')
            using hint = format('Say which: engine.input(%L, ''%s=%s'').', p_input::text, p_key_column, v_found[1]);
    end if;
    return v_found[1];
end
$$;
comment on function engine.input_column(regclass, text, regclass) is
    'Column of an input that stands for a key column: the one of that name, or the one that refers to the same column along foreign keys.';

create function engine.reserved_columns() returns text[]
language sql immutable as $$
    select array['state', 'is_stale', 'priority', 'queue_no', 'attempt', 'changed_count', 'run_after', 'worker_id', 'claim_id',
        'code_version', 'error_type', 'error_message', 'error_detail', 'reason', 'updated_at', 'key_text', 'key_no', 'run_id',
        'started_at', 'fetch_s', 'compute_s', 'type', 'message', 'detail', 'retry_after_s', 'stamps', 'place', 'is_there',
        'is_done', 'is_computed', 'is_blocked', 'is_outdated', 'is_held', 'is_busy', 'is_changed', 'is_same', 'seen', 'changed',
        'source_no', 'owner_id', 'verdict'];
$$;
comment on function engine.reserved_columns() is 'Names that the engine uses beside a key''s columns, which these therefore cannot have.';

create function engine.follow_names() returns bigint
language plpgsql as $$
declare
    v_changed bigint := 0;
    v_count bigint;
begin
    -- Made anew under the same name: the registration is of that one now.
    update engine.generated_name as g set relation = to_regclass(i.table_name)
    from engine.table_info as i
    where i.relation = g.relation and engine.plain_name(i.relation) is null and to_regclass(i.table_name) is not null
      and not exists (select from engine.generated_name as other where other.relation = to_regclass(i.table_name));
    update engine.table_info as i set relation = to_regclass(i.table_name)
    where engine.plain_name(i.relation) is null and to_regclass(i.table_name) is not null
      and not exists (select from engine.table_info as other where other.relation = to_regclass(i.table_name));
    update engine.stamp_source set relation = to_regclass(input_table)
    where engine.plain_name(relation) is null and to_regclass(input_table) is not null;
    update engine.stamp_source set via_relation = to_regclass(via)
    where via is not null and engine.plain_name(via_relation) is null and to_regclass(via) is not null;
    delete from engine.table_info where engine.plain_name(relation) is null and tier not in ('computed', 'part');

    -- Renamed: by way of names that nobody has, so that two tables may have swapped theirs.
    update engine.table_info set table_name = relation::oid || ' renamed' where engine.plain_name(relation) <> table_name;
    get diagnostics v_count = row_count;
    v_changed := v_changed + v_count;
    update engine.table_info set table_name = engine.plain_name(relation) where table_name like '% renamed';
    update engine.stamp_source
    set input_table = coalesce(engine.plain_name(relation), input_table) || ' renamed',
        via = coalesce(engine.plain_name(via_relation), via)
    where engine.plain_name(relation) <> input_table or engine.plain_name(via_relation) <> via;
    get diagnostics v_count = row_count;
    v_changed := v_changed + v_count;
    update engine.stamp_source set input_table = left(input_table, -8) where input_table like '% renamed';
    return v_changed;
end
$$;
comment on function engine.follow_names() is
    'Brings the names that the engine keeps up to those that the tables have now; says how many it changed.';

create or replace function engine.register_computed(
    p_table text,
    about text,
    parts text[] default '{}',
    inputs jsonb[] default '{}',
    restriction text default null
) returns void
language plpgsql as $$
declare
    v_rel regclass := p_table::regclass;
    v_name text := engine.plain_name(v_rel);
    v_key text[] := engine.primary_key_columns(v_rel);
    v_covered text[];
    v_bad text[];
    v_input jsonb;
    v_one text;
    v_owner text[];    -- of the input, or of the table that leads to the owner
    v_standing text[]; -- key columns that they stand for
    v_columns text[];
    v_input_table text;
    v_input_rel regclass;
    v_via text;
    v_via_rel regclass;
    v_join text[];
    v_source smallint;
    v_part text;
begin
    if (select relkind not in ('r', 'p') from pg_catalog.pg_class where oid = v_rel) then
        raise exception '% is not a table', v_name;
    end if;
    if cardinality(v_key) = 0 then
        raise exception 'computed table % has no primary key', v_name;
    end if;
    select array_agg(distinct c) into v_covered
    from engine.key_parents(v_rel) as parent cross join lateral unnest(parent.columns) as c;
    if v_covered is null then
        raise exception 'computed table % has no foreign key in its primary key', v_name
            using hint = 'Its key source is the join of its parents: let every primary-key column refer to one.';
    end if;
    v_bad := array(select k from unnest(v_key) as k where k <> all (v_covered));
    if cardinality(v_bad) > 0 then
        raise exception 'computed table % adds its own key column(s) %', v_name, array_to_string(v_bad, ', ')
            using hint = 'Several rows for one key belong in a part table.';
    end if;
    v_bad := array(select k from unnest(v_key) as k where k = any (engine.reserved_columns()));
    if cardinality(v_bad) > 0 then
        raise exception 'key column(s) % of computed table % have names that the engine uses itself', array_to_string(v_bad, ', '), v_name
            using hint = 'Rename them: a key column need not be named as the parent''s.';
    end if;

    perform engine.follow_names();
    insert into engine.table_info (table_name, tier, about, code_version, restriction, key_columns, relation)
    values (v_name, 'computed', about, 1, restriction, v_key, v_rel)
    on conflict (table_name) do update set
        tier = 'computed', about = excluded.about, restriction = excluded.restriction, key_columns = excluded.key_columns,
        relation = excluded.relation, broken = null, master = null;

    delete from engine.table_info where master = v_name and tier = 'part'
        and relation <> all (array(select p::regclass from unnest(parts) as p));
    foreach v_part in array parts loop
        if not exists (
            select from pg_catalog.pg_constraint
            where conrelid = v_part::regclass and confrelid = v_rel and contype = 'f' and confdeltype = 'c'
        ) then
            raise exception 'part % has no foreign key to % that deletes with it', v_part, v_name;
        end if;
        insert into engine.table_info (table_name, tier, master, relation)
        values (engine.plain_name(v_part::regclass), 'part', v_name, v_part::regclass)
        on conflict (table_name) do update set tier = 'part', master = excluded.master, relation = excluded.relation;
    end loop;

    delete from engine.table_input where table_name = v_name;
    foreach v_input in array inputs loop
        v_input_rel := (v_input ->> 'table')::regclass;
        v_input_table := engine.plain_name(v_input_rel);
        v_via_rel := (v_input ->> 'via')::regclass;
        v_via := engine.plain_name(v_via_rel);
        if (select bool_or(relkind not in ('r', 'p')) from pg_catalog.pg_class where oid in (v_input_rel, v_via_rel)) then
            raise exception 'input % of % is not a table', coalesce(v_via, v_input_table), v_name
                using hint = 'Changes of a view cannot be noticed: name the tables that it reads.';
        end if;
        v_owner := '{}';
        v_standing := '{}';
        foreach v_one in array regexp_split_to_array(v_input ->> 'owner', ',') loop
            v_standing := v_standing || trim(split_part(v_one, '=', 1));
            if v_standing[cardinality(v_standing)] <> all (v_key) then
                raise exception 'input % of %: owner % is not part of the key %',
                    v_input_table, v_name, v_input ->> 'owner', array_to_string(v_key, ', ');
            end if;
            v_owner := v_owner || case when v_one like '%=%' then trim(split_part(v_one, '=', 2))
                else engine.input_column(v_rel, trim(v_one), coalesce(v_via_rel, v_input_rel)) end;
        end loop;
        perform engine.require_columns(coalesce(v_via_rel, v_input_rel), v_owner);
        v_columns := case when jsonb_typeof(v_input -> 'columns') = 'array'
                          then array(select jsonb_array_elements_text(v_input -> 'columns') order by 1) end;
        perform engine.require_columns(v_input_rel, v_columns);
        for i in 1 .. cardinality(v_owner) loop
            if engine.owner_type(coalesce(v_via_rel, v_input_rel), v_owner[i]) <> engine.owner_type(v_rel, v_standing[i]) then
                raise exception 'input % of %: % is of type %, key column % of type %', v_input_table, v_name, v_owner[i],
                    engine.owner_type(coalesce(v_via_rel, v_input_rel), v_owner[i]), v_standing[i], engine.owner_type(v_rel, v_standing[i])
                    using hint = 'Owners are told by the text of their key: both columns must have one type.';
            end if;
        end loop;
        v_join := '{}';
        if v_via is not null then
            v_join := engine.via_columns(v_input_rel, v_via_rel, v_owner);
            if cardinality(v_join) = 0 then
                raise exception 'input % of %: % shares no primary-key column with it', v_input_table, v_name, v_via;
            end if;
        end if;
        -- A row that moves from one owner to another changes both, so the way there is an input too.
        for v_input_table, v_columns, v_via, v_input_rel in
            select v_input_table, v_columns, v_via, v_input_rel
            union all
            select v_via, array(select c from unnest(v_join || v_owner) as c order by 1), null, v_via_rel where v_via is not null
        loop
            insert into engine.stamp_source (input_table, columns, owner_columns, via, relation, via_relation)
            values (v_input_table, v_columns, v_owner, v_via, v_input_rel, to_regclass(v_via))
            on conflict (input_table, columns, owner_columns, via) do update
                set relation = excluded.relation, via_relation = excluded.via_relation
            returning source_no into v_source;
            insert into engine.table_input (table_name, source_no, key_columns)
            values (v_name, v_source, v_standing) on conflict do nothing;
        end loop;
    end loop;

    perform set_config('engine.generating', 'on', true);  -- what watches for changed tables need not look at this
    execute format('alter table %s add column if not exists run_id uuid', v_rel);
    perform set_config('engine.generating', '', true);
    execute format('comment on column %s.run_id is %L', v_rel,
        'Run that computed this row, see engine.run; null when it was inserted by hand.');
    perform engine.check_restriction(v_name);
    -- Outside a migrate, which generates everything at its end, what cannot be generated is refused here.
    if to_regprocedure('engine.try_generate(text)') is not null
        and not exists (
            select from pg_catalog.pg_locks
            where locktype = 'advisory' and pid = pg_backend_pid() and granted
              and classid = x'74726961'::bigint::oid and objid = x'6c626173'::bigint::oid)
    then
        execute 'select engine.try_generate($1)' using v_name;
    end if;
end
$$;
comment on function engine.register_computed(text, text, text[], jsonb[], text) is
    'Registers a computed table with its parts, inputs (engine.input) and an optional restriction of its key '
    'source; called in its migration. Key source, job table and triggers follow when engine.regenerate() runs, at the end of every '
    'migrate. What the engine could not serve is refused whole. engine.unregister_computed takes a table out again.';
