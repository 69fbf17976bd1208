-- The populate engine's own tables, and the functions that migrations call to register a computed table.
-- What is generated per computed table (key source, job table, triggers): schema/objects/engine_2_generate.sql.

create type engine.table_tier as enum ('lookup', 'manual', 'imported', 'computed', 'part');
comment on type engine.table_tier is
    'Where the rows of a table come from: lookup (shipped), manual (people), imported (files), computed '
    '(populate), part (belongs to a master row of another table).';

create type engine.job_state as enum ('pending', 'running', 'error', 'ignored', 'blocked', 'settled');
comment on type engine.job_state is
    'State of a key that has work: pending (claimable), running (claimed by a worker), error (failed, left '
    'alone until released), ignored (set aside by a person), blocked (an input is itself stale or failed), '
    'settled (nothing to compute; reopened when an input or the code version changes).';

create table engine.table_info (
    table_name text not null,
    table_no smallint generated always as identity,
    tier engine.table_tier not null,
    about text,
    code_version integer not null default 0,
    restriction text,
    key_columns text[] not null default '{}',
    master text,
    registered_at timestamptz not null default now(),
    constraint table_info_pkey primary key (table_name),
    constraint table_info_table_no_key unique (table_no),
    constraint table_info_master_fkey foreign key (master) references engine.table_info,
    constraint table_info_master_check check ((tier = 'part') = (master is not null))
);
create index table_info_master_idx on engine.table_info (master);
comment on table engine.table_info is 'What each table is to the engine. One row per registered table.';
comment on column engine.table_info.table_name is 'Schema-qualified name, as in task.reaction_time.';
comment on column engine.table_info.table_no is 'Short number of the table in run records; local to this database.';
comment on column engine.table_info.tier is 'Where its rows come from.';
comment on column engine.table_info.about is 'One sentence on what a computed table holds.';
comment on column engine.table_info.code_version is
    'Version of the computation; results of a lower version are stale, and workers of a lower version claim nothing. 0 for tables that are not computed.';
comment on column engine.table_info.restriction is
    'SQL condition over the parents (by unqualified name) that narrows the key source; null for none.';
comment on column engine.table_info.key_columns is 'Primary-key columns of a computed table in key order.';
comment on column engine.table_info.master is 'Master table of a part; null for other tiers.';
comment on column engine.table_info.registered_at is 'When the table was first registered.';

create table engine.stamp_source (
    source_no smallint generated always as identity,
    input_table text not null,
    columns text[],
    owner_columns text[] not null,
    via text,
    constraint stamp_source_pkey primary key (source_no),
    constraint stamp_source_what_key unique nulls not distinct (input_table, columns, owner_columns, via)
);
comment on table engine.stamp_source is
    'What can change under results: a table, the columns that count, and the columns by which its rows belong to keys. One row per distinct declaration.';
comment on column engine.stamp_source.source_no is 'Short number of the source in engine.stamp; local to this database.';
comment on column engine.stamp_source.input_table is 'Schema-qualified table that computations read.';
comment on column engine.stamp_source.columns is 'Columns whose change counts, sorted; null for every column.';
comment on column engine.stamp_source.owner_columns is 'Key columns of the computed table by which rows of the input belong to a key.';
comment on column engine.stamp_source.via is
    'Table that leads from the input''s rows to the owner columns, joined on its primary key; null when the input has them itself.';

create table engine.table_input (
    table_name text not null,
    source_no smallint not null,
    constraint table_input_pkey primary key (table_name, source_no),
    constraint table_input_table_fkey foreign key (table_name) references engine.table_info on delete cascade,
    constraint table_input_source_fkey foreign key (source_no) references engine.stamp_source
);
create index table_input_source_idx on engine.table_input (source_no);
comment on table engine.table_input is 'Which sources each computed table reads. One row per computed table and source.';
comment on column engine.table_input.table_name is 'Computed table.';
comment on column engine.table_input.source_no is 'Source that its fetch reads.';

create table engine.stamp (
    source_no smallint not null,
    owner_id uuid not null,
    version bigint not null,
    constraint stamp_pkey primary key (source_no, owner_id)
) with (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000);
comment on table engine.stamp is
    'Version of the rows of one source that belong to one owner (a session, a subject, a parameter set). Raised by every change, never lowered; staleness is a comparison of these. One row per source and owner.';
comment on column engine.stamp.source_no is 'Source, see engine.stamp_source.';
comment on column engine.stamp.owner_id is 'The owner''s uuid, or a hash of its key when that is not one uuid.';
comment on column engine.stamp.version is 'Drawn from a sequence at each change; larger is later.';

create sequence engine.stamp_version as bigint;
comment on sequence engine.stamp_version is 'Versions of engine.stamp, never given twice.';
create sequence engine.claim_number as bigint;
comment on sequence engine.claim_number is 'Fences: one number per claim of a batch of keys, never given twice.';
create sequence engine.queue_number as bigint cache 64;
comment on sequence engine.queue_number is 'Places in the queues: older keys have lower numbers.';

create table engine.worker (
    worker_id uuid not null,
    host text not null,
    pid integer not null,
    os_user text not null,
    program_version text not null,
    git_revision text not null,
    database_user text not null default session_user,
    started_at timestamptz not null default clock_timestamp(),
    heartbeat_at timestamptz not null default clock_timestamp(),
    lease_until timestamptz not null,
    stopped_at timestamptz,
    doing text,
    done_count bigint not null default 0,
    error_count bigint not null default 0,
    constraint worker_pkey primary key (worker_id)
) with (fillfactor = 50, autovacuum_vacuum_threshold = 50, autovacuum_vacuum_scale_factor = 0.1);
create index worker_lease_idx on engine.worker (lease_until) where stopped_at is null;
comment on table engine.worker is
    'Populate workers and their leases. A worker holds its claims as long as its lease lasts; heartbeats prolong it. One row per worker process.';
comment on column engine.worker.worker_id is 'Time-ordered UUID that the worker made at its start.';
comment on column engine.worker.host is 'Host name.';
comment on column engine.worker.pid is 'Process id on that host.';
comment on column engine.worker.os_user is 'Operating-system user.';
comment on column engine.worker.program_version is 'Version of the program.';
comment on column engine.worker.git_revision is 'Source revision that the program was built from.';
comment on column engine.worker.database_user is 'Role that logged in.';
comment on column engine.worker.started_at is 'When the worker started.';
comment on column engine.worker.heartbeat_at is 'Last heartbeat, by the server''s clock.';
comment on column engine.worker.lease_until is 'Claims are taken back by others after this moment, unless a heartbeat comes first.';
comment on column engine.worker.stopped_at is 'When it ended in order; null while it runs or after it was killed.';
comment on column engine.worker.doing is 'What it worked on at the last heartbeat.';
comment on column engine.worker.done_count is 'Keys computed so far, as of the last heartbeat.';
comment on column engine.worker.error_count is 'Keys failed so far, as of the last heartbeat.';

create table engine.run (
    run_id uuid not null,
    table_no smallint not null,
    key_text text not null,
    code_version integer not null,
    stamps bigint[] not null,
    worker_id uuid not null,
    attempt integer not null,
    started_at timestamptz not null,
    fetch_s double precision not null,
    compute_s double precision not null,
    finished_at timestamptz not null default clock_timestamp(),
    constraint run_pkey primary key (run_id)
) with (autovacuum_vacuum_scale_factor = 0.05);
comment on table engine.run is
    'How each present result came to be. One row per computed master row (join on run_id); rows inserted by hand have none.';
comment on column engine.run.run_id is 'Time-ordered UUID made by the worker.';
comment on column engine.run.table_no is 'Computed table, see engine.table_info.';
comment on column engine.run.key_text is 'The key as column=value,... in key order.';
comment on column engine.run.code_version is 'Version of the computation that made the result.';
comment on column engine.run.stamps is 'Versions of the inputs as fetched, in the order of the table''s source numbers.';
comment on column engine.run.worker_id is 'Worker that made it.';
comment on column engine.run.attempt is 'Which attempt at this key succeeded, from 1.';
comment on column engine.run.started_at is 'When its fetch began.';
comment on column engine.run.fetch_s is 'Time of the fetch, shared by the keys fetched together [s].';
comment on column engine.run.compute_s is 'Time of the computation [s].';
comment on column engine.run.finished_at is 'When the rows were written (commit follows at once).';

create table engine.run_history (
    run_id uuid not null,
    table_no smallint not null,
    key_text text not null,
    code_version integer not null,
    stamps bigint[],
    worker_id uuid,
    attempt integer not null,
    started_at timestamptz,
    fetch_s double precision,
    compute_s double precision,
    finished_at timestamptz not null,
    outcome text not null,
    message text,
    ended_at timestamptz not null default clock_timestamp(),
    constraint run_history_outcome_check check (outcome in ('replaced', 'deleted', 'error', 'settled', 'lost'))
) partition by range (ended_at);
create index run_history_key_idx on engine.run_history (table_no, key_text);
create index run_history_ended_idx on engine.run_history using brin (ended_at);
comment on table engine.run_history is
    'Past runs: results that were replaced or deleted, and attempts that failed or found nothing to compute. Partitioned by month; no foreign keys, so that old partitions can be dropped. One row per past run.';
comment on column engine.run_history.run_id is 'The run''s id.';
comment on column engine.run_history.table_no is 'Computed table, see engine.table_info.';
comment on column engine.run_history.key_text is 'The key as column=value,... in key order.';
comment on column engine.run_history.code_version is 'Version of the computation.';
comment on column engine.run_history.stamps is 'Versions of the inputs as fetched; null when it failed before.';
comment on column engine.run_history.worker_id is 'Worker that ran it; null when unknown.';
comment on column engine.run_history.attempt is 'Attempt at this key, from 1.';
comment on column engine.run_history.started_at is 'When its fetch began; null when unknown.';
comment on column engine.run_history.fetch_s is 'Time of the fetch [s].';
comment on column engine.run_history.compute_s is 'Time of the computation [s].';
comment on column engine.run_history.finished_at is 'When its result was written, or the attempt ended.';
comment on column engine.run_history.outcome is 'replaced, deleted, error, settled or lost.';
comment on column engine.run_history.message is 'Error type and message, or the reason for nothing to compute.';
comment on column engine.run_history.ended_at is 'When this became history.';
create table engine.run_history_rest partition of engine.run_history default;
comment on table engine.run_history_rest is 'Past runs of months that have no partition of their own.';

create table engine.key_context (
    key_column text not null,
    view_name text not null,
    constraint key_context_pkey primary key (key_column)
);
comment on table engine.key_context is
    'Views that say more about a key column (lab, subject, date, ...), for populate --where and its like. One row per key column.';
comment on column engine.key_context.key_column is 'Name of a key column, as in session_id.';
comment on column engine.key_context.view_name is 'View with that column, one row per value.';

-- Registration ------------------------------------------------------------------------------------------

create function engine.set_tier(p_table text, p_tier engine.table_tier, p_about text default null) returns void
language sql as $$
    insert into engine.table_info (table_name, tier, about)
    values (p_table, p_tier, p_about)
    on conflict (table_name) do update set tier = excluded.tier, about = coalesce(excluded.about, table_info.about);
$$;
comment on function engine.set_tier(text, engine.table_tier, text) is
    'Tells the engine the tier of a table that is neither computed nor a part.';

create function engine.input(
    input_table text,
    owner text,
    columns text[] default null,
    via text default null
) returns jsonb
language sql immutable as $$
    select jsonb_build_object('table', input_table, 'owner', owner, 'columns', to_jsonb(columns), 'via', via);
$$;
comment on function engine.input(text, text, text[], text) is
    'Describes one input of a computed table for engine.register_computed: the table that its fetch reads, the '
    'key columns (separated by commas) by which rows belong to a key, the columns that count (null: all), and '
    'the table that leads from its rows to the owner columns when it lacks them.';

create function engine.primary_key_columns(p_table regclass) returns text[]
language sql stable as $$
    select coalesce(array_agg(a.attname::text order by k.position), '{}')
    from pg_catalog.pg_constraint as c
    cross join lateral unnest(c.conkey) with ordinality as k (attnum, position)
    join pg_catalog.pg_attribute as a on a.attrelid = c.conrelid and a.attnum = k.attnum
    where c.conrelid = p_table and c.contype = 'p';
$$;
comment on function engine.primary_key_columns(regclass) is 'Primary-key columns of a table in key order; empty when it has none.';

create function engine.key_parents(p_table regclass)
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
        group by c.conname, c.confrelid
    )
    select row_number() over (order by array_position(pk.columns, fk.columns[1]), fk.conname)::integer,
           fk.parent, fk.columns, fk.referenced
    from fk cross join pk
    where fk.columns <@ pk.columns;
$$;
comment on function engine.key_parents(regclass) is
    'Parents of a table by the foreign keys of its primary key: which columns refer to which of the parent''s. One row per foreign key.';

create function engine.register_computed(
    p_table text,
    about text,
    parts text[] default '{}',
    inputs jsonb[] default '{}',
    restriction text default null
) returns void
language plpgsql as $$
declare
    v_key text[] := engine.primary_key_columns(p_table::regclass);
    v_covered text[];
    v_missing text[];
    v_input jsonb;
    v_owner text[];
    v_columns text[];
    v_via text;
    v_input_table text;
    v_join text[];
    v_source smallint;
    v_part text;
begin
    if cardinality(v_key) = 0 then
        raise exception 'computed table % has no primary key', p_table;
    end if;
    select array_agg(distinct c) into v_covered
    from engine.key_parents(p_table::regclass) as parent cross join lateral unnest(parent.columns) as c;
    if v_covered is null then
        raise exception 'computed table % has no foreign key in its primary key', p_table
            using hint = 'Its key source is the join of its parents: let every primary-key column refer to one.';
    end if;
    v_missing := array(select k from unnest(v_key) as k where k <> all (v_covered));
    if cardinality(v_missing) > 0 then
        raise exception 'computed table % adds its own key column(s) %', p_table, array_to_string(v_missing, ', ')
            using hint = 'Several rows for one key belong in a part table.';
    end if;

    insert into engine.table_info (table_name, tier, about, code_version, restriction, key_columns)
    values (p_table, 'computed', about, 1, restriction, v_key)
    on conflict (table_name) do update set
        tier = 'computed', about = excluded.about, restriction = excluded.restriction, key_columns = excluded.key_columns;

    foreach v_part in array parts loop
        if not exists (
            select from pg_catalog.pg_constraint
            where conrelid = v_part::regclass and confrelid = p_table::regclass and contype = 'f' and confdeltype = 'c'
        ) then
            raise exception 'part % has no foreign key to % that deletes with it', v_part, p_table;
        end if;
        insert into engine.table_info (table_name, tier, master) values (v_part, 'part', p_table)
        on conflict (table_name) do update set tier = 'part', master = excluded.master;
    end loop;

    delete from engine.table_input where table_name = p_table;
    foreach v_input in array inputs loop
        v_input_table := v_input ->> 'table';
        perform v_input_table::regclass;
        v_owner := array(select trim(o) from regexp_split_to_table(v_input ->> 'owner', ',') as o);
        v_via := v_input ->> 'via';
        if not v_owner <@ v_key then
            raise exception 'input % of %: owner % is not part of the key %',
                v_input_table, p_table, v_input ->> 'owner', array_to_string(v_key, ', ');
        end if;
        v_columns := case when jsonb_typeof(v_input -> 'columns') = 'array'
                          then array(select jsonb_array_elements_text(v_input -> 'columns') order by 1) end;
        perform engine.require_columns(v_input_table::regclass, v_columns);
        if v_via is null then
            perform engine.require_columns(v_input_table::regclass, v_owner);
        else
            perform engine.require_columns(v_via::regclass, v_owner);
            v_join := engine.via_columns(v_input_table::regclass, v_via::regclass, v_owner);
            if cardinality(v_join) = 0 then
                raise exception 'input % of %: % shares no primary-key column with it', v_input_table, p_table, v_via;
            end if;
        end if;
        -- A row that moves from one owner to another changes both, so the way there is an input too.
        for v_input_table, v_columns, v_via in
            select v_input_table, v_columns, v_via
            union
            select v_via, array(select c from unnest(v_join || v_owner) as c order by 1), null where v_via is not null
        loop
            insert into engine.stamp_source (input_table, columns, owner_columns, via)
            values (v_input_table, v_columns, v_owner, v_via)
            on conflict (input_table, columns, owner_columns, via) do update set via = excluded.via
            returning source_no into v_source;
            insert into engine.table_input (table_name, source_no) values (p_table, v_source) on conflict do nothing;
        end loop;
    end loop;

    execute format('alter table %s add column if not exists run_id uuid', p_table::regclass);
    execute format('comment on column %s.run_id is %L', p_table::regclass,
        'Run that computed this row, see engine.run; null when it was inserted by hand.');
    perform engine.check_restriction(p_table);
end
$$;
comment on function engine.register_computed(text, text, text[], jsonb[], text) is
    'Registers a computed table with its parts, inputs (engine.input) and an optional restriction of its key '
    'source; called in its migration. Key source, job table and triggers follow when engine.regenerate() runs, at the end of every migrate.';

create function engine.require_columns(p_table regclass, p_columns text[]) returns void
language plpgsql stable as $$
declare
    v_missing text[];
begin
    v_missing := array(
        select c from unnest(p_columns) as c
        where not exists (
            select from pg_catalog.pg_attribute
            where attrelid = p_table and attname = c and attnum > 0 and not attisdropped));
    if cardinality(v_missing) > 0 then
        raise exception 'table % has no column %', p_table, array_to_string(v_missing, ', ');
    end if;
end
$$;
comment on function engine.require_columns(regclass, text[]) is 'Raises an error when a table lacks one of the columns.';

create function engine.via_columns(p_input regclass, p_via regclass, p_owner text[]) returns text[]
language sql stable as $$
    select coalesce(array_agg(k), '{}')
    from unnest(engine.primary_key_columns(p_via)) as k
    where k <> all (p_owner)
      and exists (
          select from pg_catalog.pg_attribute
          where attrelid = p_input and attname = k and attnum > 0 and not attisdropped);
$$;
comment on function engine.via_columns(regclass, regclass, text[]) is
    'Columns on which an input is joined to the table that leads to its owner: that table''s primary key, less the owner columns, as far as the input has them.';

create function engine.key_source_sql(p_table text, p_replaced integer default null, p_rows text default null)
returns text
language plpgsql stable as $$
declare
    v_parent record;
    v_from text := '';
    v_alias text;
    v_used text[] := array[]::text[];
    v_place jsonb := jsonb_build_object();     -- key column -> expression that gives it
    v_condition text;
    v_key text[] := engine.primary_key_columns(p_table::regclass);
    v_restriction text := (select restriction from engine.table_info where table_name = p_table);
begin
    for v_parent in
        select k.*, c.relname::text as relname
        from engine.key_parents(p_table::regclass) as k join pg_catalog.pg_class as c on c.oid = k.parent
        order by k.parent_no
    loop
        v_alias := v_parent.relname;
        if v_alias = any (v_used) then
            v_alias := v_alias || '_' || v_parent.parent_no;
        end if;
        v_used := v_used || v_alias;
        v_condition := '';
        for i in 1 .. cardinality(v_parent.columns) loop
            if v_place ? v_parent.columns[i] then
                v_condition := v_condition || case when v_condition = '' then ' on ' else ' and ' end
                    || format('%I.%I = %s', v_alias, v_parent.referenced[i], v_place ->> v_parent.columns[i]);
            else
                v_place := v_place || jsonb_build_object(v_parent.columns[i], format('%I.%I', v_alias, v_parent.referenced[i]));
            end if;
        end loop;
        v_from := v_from
            || case when v_from = '' then '' when v_condition = '' then ' cross join ' else ' join ' end
            || case when v_parent.parent_no = p_replaced then p_rows else v_parent.parent::text end
            || format(' as %I', v_alias) || v_condition;
    end loop;
    return 'select ' || (
            select string_agg(format('%s as %I', v_place ->> k, k), ', ' order by n)
            from unnest(v_key) with ordinality as u (k, n))
        || ' from ' || v_from
        || coalesce(' where (' || v_restriction || ')', '');
end
$$;
comment on function engine.key_source_sql(text, integer, text) is
    'The key source of a computed table as SQL: the join of its parents on the key columns that they share, '
    'narrowed by its restriction. With a parent''s number and a relation, that relation stands for the parent.';

create function engine.check_restriction(p_table text) returns void
language plpgsql as $$
declare
    v_restriction text := (select restriction from engine.table_info where table_name = p_table);
begin
    execute format('select * from (%s) as key_source limit 0', engine.key_source_sql(p_table));
exception when syntax_error_or_access_rule_violation or undefined_column or undefined_table or ambiguous_column
            or datatype_mismatch or invalid_text_representation or grouping_error then
    raise exception 'restriction of computed table % is not a condition over its parents: %', p_table, v_restriction
        using detail = sqlerrm;
end
$$;
comment on function engine.check_restriction(text) is 'Raises an error when the key source of a computed table does not run.';
