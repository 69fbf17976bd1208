-- Registrations through the life of their tables: whether one still holds, taking one out, and noticing that a table was
-- renamed or dropped.

create or replace function engine.check_registration(p_table text) returns text
language plpgsql stable as $$
declare
    v_info engine.table_info;
    v_key text[];
    v_bad text[];
    v_one record;
begin
    select * into strict v_info from engine.table_info where table_name = p_table;
    if engine.plain_name(v_info.relation) is null then
        return 'the table is gone';
    end if;
    v_key := engine.primary_key_columns(v_info.relation);
    if v_key <> v_info.key_columns then
        return format('its primary key is (%s), registered was (%s): register it again',
            array_to_string(v_key, ', '), array_to_string(v_info.key_columns, ', '));
    end if;
    v_bad := array(
        select k from unnest(v_key) as k
        where not exists (select from engine.key_parents(v_info.relation) as p where k = any (p.columns)));
    if cardinality(v_bad) > 0 then
        return format('its key column(s) %s refer to no parent', array_to_string(v_bad, ', '));
    end if;
    v_bad := array(select k from unnest(v_key) as k where k = any (engine.reserved_columns()));
    if cardinality(v_bad) > 0 then
        return format('its key column(s) %s have names that the engine uses itself', array_to_string(v_bad, ', '));
    end if;
    for v_one in select i.table_name, i.relation from engine.table_info as i where i.master = p_table loop
        if engine.plain_name(v_one.relation) is null then
            return format('its part %s is gone', v_one.table_name);
        end if;
        v_bad := array(select k from unnest(v_key) as k where engine.base_type(v_one.relation, k) is null);
        if cardinality(v_bad) > 0 then
            return format('its part %s has no column %s: a part names its master''s key as the master does', v_one.table_name, array_to_string(v_bad, ', '));
        end if;
    end loop;
    for v_one in
        select s.*, i.key_columns from engine.table_input as i join engine.stamp_source as s using (source_no) where i.table_name = p_table
    loop
        if engine.plain_name(v_one.relation) is null then
            return format('its input %s is gone', v_one.input_table);
        end if;
        if v_one.via is not null and engine.plain_name(v_one.via_relation) is null then
            return format('the way to its input %s is gone: %s', v_one.input_table, v_one.via);
        end if;
        v_bad := array(select c from unnest(v_one.columns) as c where engine.base_type(v_one.relation, c) is null)
            || array(select c from unnest(v_one.owner_columns) as c where engine.base_type(coalesce(v_one.via_relation, v_one.relation), c) is null);
        if cardinality(v_bad) > 0 then
            return format('its input %s has no column %s', v_one.input_table, array_to_string(v_bad, ', '));
        end if;
        if v_one.via is not null and cardinality(engine.via_columns(v_one.relation, v_one.via_relation, v_one.owner_columns)) = 0 then
            return format('its input %s shares no primary-key column with %s', v_one.input_table, v_one.via);
        end if;
    end loop;
    for v_one in select * from engine.computed_inputs(p_table) loop
        v_bad := array(
            select c from unnest(case when v_one.via is null then v_one.owner_columns else v_one.via_columns end) as c
            where c <> all ((select key_columns from engine.table_info where table_name = v_one.input_table)::text[]));
        if cardinality(v_bad) > 0 then
            return format('its input %s is not told by %s alone, which is not part of its key: name the way there (via)',
                v_one.input_table, array_to_string(v_bad, ', '));
        end if;
    end loop;
    begin
        perform engine.check_restriction(p_table);
    exception when others then
        return sqlerrm;
    end;
    return null;
end
$$;
comment on function engine.check_registration(text) is
    'Why the engine cannot serve a registered table as it is now; null when it can.';

create or replace function engine.try_generate(p_table text) returns void
language plpgsql set search_path = pg_catalog, pg_temp set client_min_messages = error as $$
declare
    v jsonb;
    v_reason text;
    v_detail text;
    v_was_generating text := current_setting('engine.generating', true);
begin
    v_reason := engine.check_registration(p_table);
    if v_reason is null then
        begin
            perform set_config('engine.generating', 'on', true);
            perform engine.name_for((select relation from engine.table_info where table_name = p_table));
            perform engine.move_tables(p_table);
            perform engine.generate_tables(p_table);
            perform engine.generate_one(p_table);
            perform engine.generate_touch(i.input_table)
            from (select distinct s.input_table from engine.table_input as i join engine.stamp_source as s using (source_no)
                  where i.table_name = p_table) as i;
            -- Every statement is planned at its first run, which needs no key.
            v := engine.table_values(p_table);
            execute engine.fill($t$
                select from {fn}__claim(null::uuid, 2147483647, 0, -2147483648, 0);
                select from {fn}__claim_keys(null::uuid, 2147483647, {empty_arrays});
                select from {fn}__stamps({empty_arrays});
                select from {fn}__begin_write(0, {empty_arrays}, '{}'::uuid[], '{}'::bigint[], '{}'::timestamptz[], '{}'::double precision[], '{}'::double precision[], 1, null::uuid);
                select {fn}__fail(0, {empty_arrays}, '{}'::text[], '{}'::text[], '{}'::text[], '{}'::double precision[], 1, null::uuid, null::bigint[]);
                select {fn}__mark_stale({empty_arrays}), {fn}__block_children({empty_arrays}), {fn}__release_children({empty_arrays});
                select {fn}__refresh()$t$, v);
            raise exception 'tried' using errcode = 'TB099';
        exception
            when sqlstate 'TB099' then null;
            when others then
                get stacked diagnostics v_reason = message_text, v_detail = pg_exception_context;
        end;
    end if;
    if v_reason is not null then
        raise exception 'computed table % cannot be served: %', p_table, v_reason
            using detail = coalesce(v_detail, ''), hint = 'Nothing was registered.';
    end if;
end
$$;
comment on function engine.try_generate(text) is
    'Generates everything for a table just registered, runs it without keys and takes it back; raises an error when that fails.';

create or replace function engine.drop_generated(p_stem text) returns void
language plpgsql as $$
declare
    v_function record;
begin
    -- With the triggers that call them.
    for v_function in
        select p.oid::regprocedure as signature
        from pg_catalog.pg_proc as p
        where p.pronamespace = 'engine'::regnamespace and starts_with(p.proname, p_stem || '__')
          and right(p.proname, -length(p_stem)) ~ ('^__(claim|claim_keys|stamps|begin_write|begin_write_one|settle|fail|hand_back|reclaim|set_state|mark_stale'
              '|refresh|written_[a-z]+|block_children|release_children|parent_\d+_[a-z]+)$')
    loop
        execute format('drop function %s cascade', v_function.signature);
    end loop;
    execute format('drop view if exists engine_key.%I', p_stem);
    execute format('drop table if exists engine_job.%I cascade', p_stem);  -- with its view of the old name
end
$$;
comment on function engine.drop_generated(text) is
    'Drops functions, triggers, key source and queue that were generated for a computed table; views over all queues must not speak of it any more.';

create or replace function engine.set_aside(p_table text, p_reason text) returns void
language plpgsql as $$
declare
    v_function record;
begin
    update engine.table_info set broken = p_reason where table_name = p_table and broken is distinct from p_reason;
    if found then
        raise warning 'computed table % is set aside: %', p_table, p_reason
            using hint = 'Mend it: it is served again from the ALTER TABLE that does so, else from the next trialbase migrate or select engine.regenerate(). '
                'Or register it again, or take it out: select engine.unregister_computed(' || quote_literal(p_table) || ').';
    end if;
    -- Parents go on without it.
    for v_function in
        select p.oid::regprocedure as signature from pg_catalog.pg_proc as p
        where p.pronamespace = 'engine'::regnamespace
          and p.proname ~ ('^' || engine.function_name(p_table) || '__parent_\d+_[a-z]+$')
    loop
        execute format('drop function %s cascade', v_function.signature);
    end loop;
end
$$;
comment on function engine.set_aside(text, text) is
    'Notes why a registered table cannot be served, and takes its triggers off its parents; its queue stays.';

create or replace function engine.unregister_computed(p_table text) returns void
language plpgsql set search_path = pg_catalog, pg_temp set client_min_messages = warning as $$
declare
    v_info engine.table_info;
    v_is_there boolean;
    v_stem text;
    v_part record;
    v_trigger record;
    v_old_name text;
    v_inputs text[];
    v_sources text[];
    v_one text;
    v_readers text[];
    v_was_generating text := current_setting('engine.generating', true);
begin
    select * into v_info from engine.table_info as i
    where i.tier = 'computed' and (i.table_name = p_table or i.relation = to_regclass(p_table));
    if not found then
        raise exception '% is not a registered computed table', p_table;
    end if;
    v_is_there := engine.plain_name(v_info.relation) is not null;
    v_readers := array(select distinct c.child from engine.children(v_info.table_name) as c order by 1);
    if v_is_there and cardinality(v_readers) > 0 then
        raise exception '% cannot be taken out while % depend(s) on it', v_info.table_name, array_to_string(v_readers, ', ')
            using hint = 'Take these out first.';
    end if;
    perform set_config('engine.generating', 'on', true);
    v_inputs := array(select distinct i.input_table from engine.computed_inputs(v_info.table_name) as i);
    v_sources := array(
        select distinct s.input_table from engine.table_input as i join engine.stamp_source as s using (source_no)
        where i.table_name = v_info.table_name and engine.plain_name(s.relation) is not null);
    select stem into v_stem from engine.generated_name where relation = v_info.relation;

    update engine.table_info set broken = 'being taken out' where table_name = v_info.table_name;
    perform engine.generate_views();
    if v_stem is not null then
        v_old_name := (
            select c.relname from pg_catalog.pg_class as c
            where c.relkind = 'v' and obj_description(c.oid, 'pg_class') like 'Old name of engine\_job.' || replace(v_stem, '_', '\_') || ',%');
        perform engine.drop_generated(v_stem);
        delete from engine.generated_text where name = 'engine_key.' || v_stem;
        perform engine.drop_hidden(coalesce(v_old_name, (parse_ident(v_info.table_name))[2] || '_job'));
    end if;
    for v_part in
        select i.table_name, i.relation, g.stem
        from engine.table_info as i left join engine.generated_name as g using (relation)
        where i.master = v_info.table_name or i.table_name = v_info.table_name
    loop
        execute (select coalesce(string_agg(format('drop function %s cascade', p.oid::regprocedure), '; '), 'select 1')
                 from pg_catalog.pg_proc as p
                 where p.pronamespace = 'engine'::regnamespace and p.proname ~ ('^' || v_part.stem || '__part_[a-z]+$'));
        if engine.plain_name(v_part.relation) is not null then
            execute format('drop trigger if exists engine_0_guard on %s', v_part.relation);
            execute format('revoke insert, update, delete on %s from trialbase_worker', v_part.relation);
        end if;
    end loop;

    with gone as (
        delete from engine.run as r where r.table_no = v_info.table_no returning r.*)
    insert into engine.run_history (run_id, table_no, key_text, code_version, stamps, worker_id, attempt, started_at, fetch_s, compute_s, finished_at, outcome)
    select run_id, table_no, key_text, code_version, stamps, worker_id, attempt, started_at, fetch_s, compute_s, finished_at, 'deleted' from gone;
    delete from engine.table_info where master = v_info.table_name;
    delete from engine.table_info where table_name = v_info.table_name;
    delete from engine.stamp as s where s.source_no = -v_info.table_no;
    delete from engine.generated_name as g
    where engine.plain_name(g.relation) is null
       or g.relation = v_info.relation and not exists (select from engine.stamp_source as s where s.relation = g.relation);

    foreach v_one in array v_inputs loop
        continue when not coalesce((select engine.served(i) from engine.table_info as i where i.table_name = v_one), false);
        perform engine.generate_functions(v_one);
        perform engine.generate_children(v_one);
    end loop;
    foreach v_one in array v_sources loop
        perform engine.generate_touch(v_one);
    end loop;
    -- Sources that nobody reads any more.
    delete from engine.stamp as s using engine.stamp_source as q
    where q.source_no = s.source_no and not exists (select from engine.table_input as i where i.source_no = q.source_no);
    delete from engine.stamp_source as q where not exists (select from engine.table_input as i where i.source_no = q.source_no);
    perform engine.grant_functions();
    perform set_config('engine.generating', coalesce(v_was_generating, ''), true);
end
$$;
comment on function engine.unregister_computed(text) is
    'Takes a computed table out of the engine: its queue, key source, functions and triggers go; its rows stay, as rows made by hand. Works for a table that was dropped, too.';

-- Noticing --------------------------------------------------------------------------------------------------

create or replace function engine.look_after_registrations() returns void
language plpgsql set search_path = pg_catalog, pg_temp set client_min_messages = warning as $$
declare
    v_table text;
    v_reason text;
    v_touched text[] := '{}';
begin
    for v_table in
        select table_name from engine.table_info
        where tier = 'computed' and engine.plain_name(relation) is null order by table_no desc
    loop
        perform engine.unregister_computed(v_table);
    end loop;
    delete from engine.table_info where tier not in ('computed', 'part') and engine.plain_name(relation) is null;
    for v_table in select table_name from engine.table_info where tier = 'computed' and broken is null order by table_no loop
        v_reason := engine.check_registration(v_table);
        if v_reason is not null then
            perform engine.set_aside(v_table, v_reason);
            v_touched := v_touched || array(
                select s.input_table from engine.table_input as i join engine.stamp_source as s using (source_no)
                where i.table_name = v_table and engine.plain_name(s.relation) is not null);
        end if;
    end loop;
    for v_table in select distinct t from unnest(v_touched) as t loop
        perform engine.generate_touch(v_table);
    end loop;
    if cardinality(v_touched) > 0 then
        perform engine.generate_views();
    end if;
end
$$;
comment on function engine.look_after_registrations() is
    'Takes out the registrations of dropped tables, and sets aside those that lost a parent, an input or a column.';

create or replace function engine.has_other_parents(p_table text) returns boolean
language sql stable as $$
    select exists (
        select from engine.table_info as i
        join engine.generated_name as g using (relation)
        cross join lateral engine.key_parents(i.relation) as k
        cross join lateral engine.tree(k.parent) as one
        where i.table_name = p_table and not exists (
            select from pg_catalog.pg_trigger as t
            where t.tgrelid = one and t.tgname = format('engine_2_queue_%s_%s_i', g.stem, k.parent_no)));
$$;
comment on function engine.has_other_parents(text) is
    'True when a parent of a computed table''s key does not queue its keys (yet): the table is new, a foreign key leads elsewhere than before, or the parent has another partition.';

create or replace function engine.is_other_than_generated(p_relation oid) returns boolean
language plpgsql stable as $$
declare
    v_table record;
begin
    for v_table in
        select i.table_name, i.relation, i.broken
        from engine.table_info as i
        where i.tier = 'computed' and (
            i.relation = p_relation
            or exists (select from engine.table_info as p where p.master = i.table_name and p.relation = p_relation)
            or exists (select from engine.table_input as u join engine.stamp_source as s using (source_no)
                       where u.table_name = i.table_name and p_relation in (s.relation, s.via_relation)))
    loop
        -- What was set aside may have been mended; a key may have other parents.
        if v_table.broken is not null and engine.check_registration(v_table.table_name) is null
            or v_table.broken is null and v_table.relation = p_relation and engine.has_other_parents(v_table.table_name)
        then
            return true;
        end if;
    end loop;
    return false;
end
$$;
comment on function engine.is_other_than_generated(oid) is
    'True when what was generated for a computed table that a relation belongs to must be made again: it was set aside and its registration holds now, or its key has another parent.';

create or replace function engine.partition_changes(p_relation oid) returns table (relation regclass, root regclass)
language sql stable as $$
    with recursive above as (
        select one::oid as relation, one::oid as ancestor from engine.tree(p_relation) as one
        union
        select a.relation, i.inhparent from above as a join pg_catalog.pg_inherits as i on i.inhrelid = a.ancestor
    ),
    engine_trigger as (
        select t.tgrelid, t.tgname, t.tgfoid from pg_catalog.pg_trigger as t join pg_catalog.pg_proc as p on p.oid = t.tgfoid
        where not t.tgisinternal and t.tgname like 'engine\_%' and p.pronamespace = 'engine'::regnamespace and p.proname ~ '__'
    ),
    arrived as (
        select a.relation, t.tgrelid as root
        from above as a join engine_trigger as t on t.tgrelid = a.ancestor and a.ancestor <> a.relation
        where not exists (select from engine_trigger as o where o.tgrelid = a.relation and o.tgname = t.tgname and o.tgfoid = t.tgfoid)
    ),
    left_behind as (
        select o.tgrelid as relation, t.tgrelid as root
        from engine_trigger as t join engine_trigger as o using (tgname, tgfoid)
        where t.tgrelid = p_relation and o.tgrelid <> t.tgrelid
          and not exists (select from engine.tree(t.tgrelid) as one where one = o.tgrelid)
          and not exists (select from pg_catalog.pg_inherits as i where i.inhrelid = t.tgrelid
                          and exists (select from engine_trigger as u where u.tgrelid = i.inhparent and u.tgfoid = t.tgfoid))
    )
    select distinct x.relation::regclass, x.root::regclass from (select * from arrived union all select * from left_behind) as x;
$$;
comment on function engine.partition_changes(oid) is
    'Partitions (or inheritance children) that a table got or lost and whose triggers do not show it yet, with the table that the engine watches.';

create or replace function engine.follow_partitions(p_relations regclass[], p_roots regclass[]) returns void
language plpgsql as $$
declare
    v_relation regclass;
    v_has_rows boolean := false;
    v_table text;
begin
    perform engine.regenerate();
    foreach v_relation in array p_relations loop
        if exists (select from pg_catalog.pg_trigger where tgrelid = v_relation and tgname = 'engine_0_guard')
            and not exists (select from engine.table_info as i cross join lateral engine.tree(i.relation) as one
                            where i.tier in ('computed', 'part') and one = v_relation)
        then
            execute format('drop trigger engine_0_guard on %s', v_relation);
        end if;
        continue when v_has_rows;
        execute format('select exists (select from %s)', v_relation) into v_has_rows;
    end loop;
    if not v_has_rows then
        return;
    end if;
    -- Rows came or went without a statement on them: whose they are is not told, so that all that read the table are looked at.
    update engine.stamp as s set version = nextval('engine.stamp_version')
    from (select one.source_no, one.owner_id from engine.stamp as one join engine.stamp_source as q using (source_no)
          where q.relation = any (p_roots) order by 1, 2 for update of one) as o
    where s.source_no = o.source_no and s.owner_id = o.owner_id;
    for v_table in
        select i.table_name from engine.table_info as i
        where engine.served(i) and (
            i.relation = any (p_roots)
            or exists (select from engine.key_parents(i.relation) as k where k.parent = any (p_roots))
            or exists (select from engine.table_input as u join engine.stamp_source as q using (source_no)
                       where u.table_name = i.table_name and q.relation = any (p_roots)))
        order by i.table_no
    loop
        perform engine.refresh_below(v_table);
    end loop;
end
$$;
comment on function engine.follow_partitions(regclass[], regclass[]) is
    'Gives partitions that came the triggers of their table, takes them off those that went, and, where these have rows, makes results that read the table stale and the queues true.';

create or replace function engine.on_drop() returns event_trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    if coalesce(current_setting('engine.generating', true), '') = 'on' or not exists (
        select from pg_event_trigger_dropped_objects() as d
        where case when d.object_type = 'table constraint' then to_regclass(format('%I.%I', d.address_names[1], d.address_names[2]))::oid
                   when d.object_type in ('table', 'table column') then d.objid end
              in (select relation from engine.table_info where tier in ('computed', 'part')
                  union select relation from engine.stamp_source union select via_relation from engine.stamp_source))
    then
        return;
    end if;
    perform set_config('engine.generating', 'on', true);
    perform engine.look_after_registrations();
    perform set_config('engine.generating', '', true);
exception when others then
    raise warning 'the engine could not look after its registrations: %', sqlerrm using hint = 'Run trialbase migrate.';
end
$$;
comment on function engine.on_drop() is
    'Event trigger: after a drop, takes out what was registered for the dropped tables, and sets aside what needs them.';

create or replace function engine.on_alter() returns event_trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    v_relations regclass[];
    v_roots regclass[];
begin
    if coalesce(current_setting('engine.generating', true), '') = 'on' then
        return;
    end if;
    select array_agg(distinct c.relation), array_agg(distinct c.root) into v_relations, v_roots
    from pg_event_trigger_ddl_commands() as d cross join lateral engine.partition_changes(d.objid) as c
    where d.object_type = 'table' and (tg_tag <> 'CREATE TABLE' or exists (select from pg_catalog.pg_inherits as i where i.inhrelid = d.objid));
    if v_relations is not null then
        perform engine.follow_partitions(v_relations, v_roots);
    elsif tg_tag = 'CREATE TABLE' then
        return;
    elsif exists (select from engine.table_info where engine.plain_name(relation) <> table_name)
        or exists (select from engine.stamp_source
                   where engine.plain_name(relation) <> input_table or engine.plain_name(via_relation) <> via)
        or exists (select from pg_event_trigger_ddl_commands() as d where engine.is_other_than_generated(d.objid))
    then
        perform engine.regenerate();
    elsif exists (
        select from pg_event_trigger_ddl_commands() as d
        where d.objid in (select relation from engine.table_info where tier in ('computed', 'part')
                          union select relation from engine.stamp_source union select via_relation from engine.stamp_source))
    then
        perform set_config('engine.generating', 'on', true);
        perform engine.look_after_registrations();
        perform set_config('engine.generating', '', true);
    end if;
exception when others then
    raise warning 'the engine could not look after its registrations: %', sqlerrm using hint = 'Run trialbase migrate.';
end
$$;
comment on function engine.on_alter() is
    'Event trigger: follows registered tables that are renamed or moved to another schema, sets aside those whose columns no longer fit, serves again those that were mended, and follows partitions that come and go.';

create or replace function engine.watch_ddl() returns void
language plpgsql as $$
begin
    if not (select rolsuper from pg_catalog.pg_roles where rolname = current_user)
        or (select count(*) from pg_catalog.pg_event_trigger
            where evtname = 'trialbase_on_drop' or evtname = 'trialbase_on_alter' and 'CREATE TABLE' = any (evttags)) = 2
    then
        return;
    end if;
    drop event trigger if exists trialbase_on_drop;
    drop event trigger if exists trialbase_on_alter;
    create event trigger trialbase_on_drop on sql_drop execute function engine.on_drop();
    comment on event trigger trialbase_on_drop is 'Takes dropped tables out of the engine''s registrations.';
    create event trigger trialbase_on_alter on ddl_command_end when tag in ('ALTER TABLE', 'ALTER SCHEMA', 'CREATE TABLE')
        execute function engine.on_alter();
    comment on event trigger trialbase_on_alter is 'Follows renamed tables, and partitions that come and go, in the engine''s registrations.';
end
$$;
comment on function engine.watch_ddl() is
    'Makes the event triggers by which drops and renames of registered tables are noticed at once. Only a superuser may; else they are noticed by the next migrate.';

create or replace function engine.set_search_path() returns void
language plpgsql as $$
declare
    v_wanted constant text := '"$user", public, engine_hidden, analysis, core, task, photometry, imaging, store';
    v_present text := (
        select c from pg_catalog.pg_db_role_setting as s cross join lateral unnest(s.setconfig) as c
        where s.setdatabase = (select oid from pg_catalog.pg_database where datname = current_database())
          and s.setrole = 0 and c like 'search\_path=%');
begin
    -- Somebody's own choice stays.
    if v_present is null and pg_has_role(current_user, (select datdba from pg_catalog.pg_database where datname = current_database()), 'usage') then
        execute format('alter database %I set search_path = %s', current_database(), v_wanted);
    end if;
end
$$;
comment on function engine.set_search_path() is
    'Lets plain sessions of this database find the tables and views for people by their bare names, so that psql lists these. The program itself does not depend on it.';
