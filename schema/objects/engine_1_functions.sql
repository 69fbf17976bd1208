-- Functions of the engine that are the same for every computed table.

create or replace function engine.protocol_version() returns integer
language sql immutable parallel safe as $$
    select 1;
$$;
comment on function engine.protocol_version() is
    'Version of the functions by which programs compute tables; src/populate/PROTOCOL.md. Within a version their names, arguments and meanings stay.';

create or replace function engine.owner_id(variadic p_key text[]) returns uuid
language sql immutable parallel safe as $$
    select md5(array_to_string(p_key, e'\x1f'))::uuid;
$$;
comment on function engine.owner_id(text[]) is 'Owner of a stamp whose key is not a single uuid: a hash of the key''s texts.';

create or replace function engine.plain_text(p_value anyelement) returns text
language plpgsql immutable parallel safe
set datestyle = 'ISO, YMD' set intervalstyle = 'postgres' set timezone = 'UTC' set extra_float_digits = 1 set bytea_output = 'hex'
set lc_monetary = 'C' set search_path = pg_catalog, pg_temp as $$
begin
    return p_value::text;
end
$$;
comment on function engine.plain_text(anyelement) is
    'A value''s text, the same whatever date style, time zone and the like the session has; as a session of the program has always given it.';

-- The functions that generating calls thousands of times are in plpgsql, which plans a statement once a session; one in SQL is
-- planned at each call.

create or replace function engine.primary_key_columns(p_table regclass) returns text[]
language plpgsql stable as $$
begin
    return (
        select coalesce(array_agg(a.attname::text order by k.position), '{}')
        from pg_catalog.pg_constraint as c
        cross join lateral unnest(c.conkey) with ordinality as k (attnum, position)
        join pg_catalog.pg_attribute as a on a.attrelid = c.conrelid and a.attnum = k.attnum
        where c.conrelid = p_table and c.contype = 'p');
end
$$;
comment on function engine.primary_key_columns(regclass) is 'Primary-key columns of a table in key order; empty when it has none.';

create or replace function engine.base_type(p_relation regclass, p_column text) returns oid
language plpgsql stable as $$
declare
    v_type oid;
    v_base oid;
begin
    select a.atttypid, t.typbasetype into v_type, v_base
    from pg_catalog.pg_attribute as a join pg_catalog.pg_type as t on t.oid = a.atttypid
    where a.attrelid = p_relation and a.attname = p_column and a.attnum > 0 and not a.attisdropped;
    while v_base <> 0 loop
        select t.oid, t.typbasetype into v_type, v_base from pg_catalog.pg_type as t where t.oid = v_base;
    end loop;
    return v_type;
end
$$;
comment on function engine.base_type(regclass, text) is 'Type of a column with domains resolved; null when there is no such column.';

create or replace function engine.key_part_sql(p_table regclass, p_column text, p_alias text) returns text
language plpgsql stable as $$
begin
    return (
        select format(case
            -- Types whose texts depend on no setting.
            when t.oid in ('uuid'::regtype, 'text'::regtype, 'varchar'::regtype, 'bpchar'::regtype, 'name'::regtype, 'bool'::regtype,
                           'int2'::regtype, 'int4'::regtype, 'int8'::regtype, 'oid'::regtype, 'time'::regtype, 'inet'::regtype,
                           'cidr'::regtype, 'macaddr'::regtype, 'bit'::regtype, 'varbit'::regtype) or t.typtype = 'e'
                then '%1$s.%2$I::text'
            -- Values that are equal have one text.
            when t.oid = 'numeric'::regtype then 'trim_scale(%1$s.%2$I)::text'
            when t.oid = 'interval'::regtype then 'engine.plain_text(justify_interval(%1$s.%2$I))'
            when t.oid = 'float8'::regtype then 'engine.plain_text(%1$s.%2$I + 0::double precision)'
            when t.oid = 'float4'::regtype then 'engine.plain_text(%1$s.%2$I + 0::real)'
            -- to_char knows neither infinity nor the years before Christ.
            when t.oid = 'timestamptz'::regtype
                then 'coalesce(to_char(case when %1$s.%2$I >= timestamptz ''0001-01-01 00:00+00'' then %1$s.%2$I end at time zone ''UTC'', '
                     '''YYYY-MM-DD"T"HH24:MI:SS.US"Z"''), engine.plain_text(%1$s.%2$I))'
            else 'engine.plain_text(%1$s.%2$I)' end, p_alias, p_column)
        from pg_catalog.pg_type as t
        where t.oid = engine.base_type(p_table, p_column));
end
$$;
comment on function engine.key_part_sql(regclass, text, text) is
    'SQL that gives a key column as text, whatever settings the session has.';

create or replace function engine.owner_sql(p_table regclass, p_columns text[], p_alias text) returns text
language plpgsql stable as $$
begin
    return (
        select case
            when cardinality(p_columns) = 1 and engine.base_type(p_table, p_columns[1]) = 'uuid'::regtype
            then format('%s.%I', p_alias, p_columns[1])
            else 'engine.owner_id(' || (
                select string_agg(engine.key_part_sql(p_table, c, p_alias), ', ' order by n)
                from unnest(p_columns) with ordinality as u (c, n)) || ')' end);
end
$$;
comment on function engine.owner_sql(regclass, text[], text) is 'SQL that gives the owner of a stamp from the owner columns of a row.';

create or replace function engine.key_text_sql(p_table regclass, p_columns text[], p_alias text) returns text
language plpgsql stable as $$
begin
    return (
        select string_agg(
            format('%L || ', case when n > 1 then ',' else '' end || c || '=') || engine.key_part_sql(p_table, c, p_alias),
            ' || ' order by n)
        from unnest(p_columns) with ordinality as u (c, n));
end
$$;
comment on function engine.key_text_sql(regclass, text[], text) is 'SQL that gives a key as column=value,... in key order.';

create or replace function engine.fill(p_template text, p_values jsonb) returns text
language plpgsql immutable as $$
declare
    v_name text;
    v_value text;
begin
    for v_name, v_value in select key, value from jsonb_each_text(p_values) loop
        p_template := replace(p_template, '{' || v_name || '}', v_value);
    end loop;
    if p_template ~ '\{[a-z_.]+\}' then
        raise exception 'template has no value for %', (regexp_match(p_template, '\{[a-z_.]+\}'))[1];
    end if;
    return p_template;
end
$$;
comment on function engine.fill(text, jsonb) is 'Replaces every {name} of a template by its value.';

create or replace function engine.current_claim() returns bigint
language sql stable as $$
    select nullif(current_setting('engine.claim', true), '')::bigint;
$$;
comment on function engine.current_claim() is 'Claim under which this transaction writes results; null outside populate.';

create or replace function engine.guard_computed() returns trigger
language plpgsql as $$
begin
    if engine.current_claim() is not null then
        return null;
    end if;
    if not pg_has_role(current_user, (select c.relowner from pg_catalog.pg_class as c where c.oid = tg_relid), 'usage') then
        raise exception 'computed table %.% is filled by populate alone', tg_table_schema, tg_table_name
            using errcode = 'insufficient_privilege',
                  hint = 'Run trialbase populate; an administrator may insert rows by hand, which then have no run.';
    end if;
    return null;
end
$$;
comment on function engine.guard_computed() is
    'Trigger: refuses changes to computed tables outside populate, except by the tables'' owner.';

create or replace function engine.check_isolation() returns void
language plpgsql as $$
begin
    if current_setting('transaction_isolation') <> 'read committed' then
        raise exception 'parents of computed tables are changed in read committed transactions only'
            using errcode = 'feature_not_supported',
                  hint = 'An older snapshot could miss keys that another transaction completes: use the default isolation level.';
    end if;
end
$$;
comment on function engine.check_isolation() is 'Refuses isolation levels under which keys could be lost.';

create or replace function engine.maintain_history() returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    v_month date;
    v_name text;
begin
    perform pg_advisory_xact_lock(7146, -1);
    for v_month in
        select generate_series(date_trunc('month', now() at time zone 'UTC'),
                               date_trunc('month', now() at time zone 'UTC') + interval '2 months', interval '1 month')::date
    loop
        v_name := 'run_history_' || to_char(v_month, 'YYYY_MM');
        if to_regclass('engine.' || v_name) is null
            and not exists (
                select from engine.run_history_rest
                where ended_at >= v_month::timestamp at time zone 'UTC'
                  and ended_at < (v_month + interval '1 month') at time zone 'UTC')
        then
            execute format('create table engine.%I partition of engine.run_history for values from (%L) to (%L)',
                v_name, v_month::timestamp at time zone 'UTC', (v_month + interval '1 month') at time zone 'UTC');
            execute format('comment on table engine.%I is %L', v_name,
                'Past runs that ended in ' || to_char(v_month, 'FMMonth YYYY') || ' (UTC). May be dropped when no longer wanted.');
        end if;
    end loop;
end
$$;
comment on function engine.maintain_history() is 'Makes the run history''s partitions for this month and the next two.';

create or replace function engine.keep_history() returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    if to_regclass('engine.run_history_' || to_char((now() at time zone 'UTC') + interval '1 month', 'YYYY_MM')) is null then
        perform set_config('lock_timeout', '2s', true);
        perform engine.maintain_history();
    end if;
exception
    when lock_not_available or deadlock_detected then
        null;  -- the next worker tries again; there is a month left
end
$$;
comment on function engine.keep_history() is
    'Makes the run history''s partitions a month before they are needed; called when a worker starts. Waits at most 2 s for others.';

create or replace function engine.forget_workers() returns void
language sql as $$
    delete from engine.worker
    where worker_id = any (array(
        select w.worker_id from engine.worker as w
        where w.lease_until < clock_timestamp() - interval '1 day'
          and (w.done_count + w.error_count = 0 or w.lease_until < clock_timestamp() - interval '1 year')
        limit 1000
        for update skip locked));
$$;
comment on function engine.forget_workers() is
    'Forgets workers that ended: those that did nothing after a day, the others after a year (their runs then tell no host); called when a worker starts, a thousand at most.';

create or replace function engine.worker_start(
    p_worker uuid, p_host text, p_pid integer, p_os_user text, p_version text, p_revision text, p_lease interval
) returns void
language sql security definer set search_path = pg_catalog, pg_temp as $$
    insert into engine.worker (worker_id, host, pid, os_user, program_version, git_revision, database_user, lease_until)
    values (p_worker, p_host, p_pid, p_os_user, p_version, p_revision, session_user, clock_timestamp() + p_lease)
    on conflict (worker_id) do update set lease_until = excluded.lease_until, heartbeat_at = clock_timestamp(), stopped_at = null;
    select engine.forget_workers();
    select engine.keep_history();
$$;
comment on function engine.worker_start(uuid, text, integer, text, text, text, interval) is
    'Announces a worker and gives it its first lease.';

create or replace function engine.worker_heartbeat(
    p_worker uuid, p_lease interval, p_doing text, p_done bigint, p_errors bigint
) returns boolean
language sql security definer set search_path = pg_catalog, pg_temp as $$
    with beat as (
        update engine.worker
        set heartbeat_at = clock_timestamp(), lease_until = clock_timestamp() + p_lease,
            doing = p_doing, done_count = p_done, error_count = p_errors
        where worker_id = p_worker and stopped_at is null
        returning 1)
    select exists (select from beat);
$$;
comment on function engine.worker_heartbeat(uuid, interval, text, bigint, bigint) is
    'Prolongs a worker''s lease and tells what it does; false when the worker is unknown.';

create or replace function engine.worker_stop(p_worker uuid, p_done bigint, p_errors bigint) returns void
language sql security definer set search_path = pg_catalog, pg_temp as $$
    update engine.worker
    set stopped_at = clock_timestamp(), lease_until = clock_timestamp(), doing = null, done_count = p_done, error_count = p_errors
    where worker_id = p_worker;
$$;
comment on function engine.worker_stop(uuid, bigint, bigint) is 'Ends a worker in order.';

create or replace function engine.function_name(p_table text) returns text
language sql stable as $$
    select stem from engine.generated_name where relation = coalesce(
        (select i.relation from engine.table_info as i where i.table_name = p_table),
        (select s.relation from engine.stamp_source as s where s.input_table = p_table limit 1),
        to_regclass(p_table));
$$;
comment on function engine.function_name(text) is
    'Stem of the names that the engine generates for a table: <schema>__<table> as a rule (engine.generated_name).';

create or replace function engine.name_for(p_relation regclass) returns text
language plpgsql as $$
declare
    v_name text;
    v_plain text := (
        select n.nspname || '__' || c.relname
        from pg_catalog.pg_class as c join pg_catalog.pg_namespace as n on n.oid = c.relnamespace where c.oid = p_relation);
begin
    select stem into v_name from engine.generated_name where relation = p_relation;
    if found then
        return v_name;
    end if;
    -- Leaves room for the longest ending of a generated name within the 63 bytes that a name may have.
    v_name := regexp_replace(lower(v_plain), '[^a-z0-9_]', '_', 'g');
    if v_name ~ '^[0-9]' then
        v_name := '_' || v_name;
    end if;
    if v_name <> v_plain or length(v_name) > 42 or exists (select from engine.generated_name where stem = v_name) then
        v_name := left(v_name, 33) || '_' || left(md5(engine.plain_name(p_relation)), 8);
    end if;
    insert into engine.generated_name (relation, stem) values (p_relation, v_name);
    return v_name;
end
$$;
comment on function engine.name_for(regclass) is
    'Gives a table the stem of its generated names, once; it keeps it when it is renamed.';

create or replace function engine.served(p_info engine.table_info) returns boolean
language plpgsql stable as $$
begin
    return (
        select p_info.tier = 'computed' and p_info.broken is null
            and exists (select from pg_catalog.pg_class where oid = p_info.relation)
            and exists (select from engine.generated_name as g where g.relation = p_info.relation
                        and to_regclass('engine_job.' || g.stem) is not null));
end
$$;
comment on function engine.served(engine.table_info) is
    'True for a computed table that the engine serves: it exists, its registration holds, and its queue has been generated.';

create or replace function engine.reclaim_expired() returns bigint
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    v_table text;
    v_count bigint;
    v_total bigint := 0;
begin
    for v_table in select i.table_name from engine.table_info as i where engine.served(i) order by i.table_no loop
        execute format('select engine.%I()', engine.function_name(v_table) || '__reclaim') into v_count;
        v_total := v_total + v_count;
    end loop;
    return v_total;
end
$$;
comment on function engine.reclaim_expired() is
    'Makes the keys of dead workers (lease run out, or stopped) pending again, in every table; returns how many.';

create or replace function engine.set_code_version(p_table text, p_version integer) returns void
language plpgsql as $$
declare
    v_old integer;
begin
    select code_version into v_old from engine.table_info
    where table_name = p_table and tier = 'computed' for update;
    if not found then
        raise exception '% is not a registered computed table', p_table;
    end if;
    if not (select engine.served(i) from engine.table_info as i where i.table_name = p_table) then
        update engine.table_info set code_version = greatest(code_version, p_version) where table_name = p_table;
        return;
    end if;
    if p_version > v_old then
        update engine.table_info set code_version = p_version where table_name = p_table;
        perform engine.refresh_below(p_table);
    end if;
end
$$;
comment on function engine.set_code_version(text, integer) is
    'Raises the code version of a computed table: results of lower versions become stale and are queued. Never lowers it.';

create or replace function engine.refresh_below(p_table text) returns void
language plpgsql as $$
declare
    v_table text;
begin
    for v_table in
        with recursive below as (
            select p_table as table_name, 0 as depth
            union all
            select c.child, below.depth + 1 from below cross join lateral engine.children(below.table_name) as c
        )
        select b.table_name
        from below as b join engine.table_info as i using (table_name)
        where engine.served(i)
        group by b.table_name order by max(b.depth)
    loop
        perform engine.refresh(v_table);
    end loop;
end
$$;
comment on function engine.refresh_below(text) is 'Recomputes the queues of a computed table and of all that depend on it, in that order.';

create or replace function engine.refresh(
    p_table text, out added bigint, out removed bigint, out changed bigint
)
language plpgsql as $$
declare
    v_info engine.table_info;
begin
    select * into v_info from engine.table_info as i
    where i.tier = 'computed' and (i.table_name = p_table or i.relation = to_regclass(p_table));
    if not found then
        raise exception '% is not a registered computed table', p_table;
    end if;
    if not engine.served(v_info) then
        raise exception '% cannot be served: %', v_info.table_name, coalesce(v_info.broken, 'nothing has been generated for it yet')
            using hint = 'Mend it, or register it again, and run: select engine.regenerate()';
    end if;
    execute format('select * from engine.%I()', engine.function_name(v_info.table_name) || '__refresh') into added, removed, changed;
end
$$;
comment on function engine.refresh(text) is
    'Recomputes the queue of one computed table from parents, results and stamps, and says how many jobs it had to add, remove and change: nothing, when the queue was true.';
