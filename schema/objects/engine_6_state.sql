-- What the engine's generated parts are made from, in short: migrate generates them again when it has changed.

create or replace function engine.registration_state() returns text
language sql stable as $$
    select encode(sha256(convert_to(concat_ws(e'\n',
        (select string_agg((to_jsonb(t) - 'registered_at' - 'code_version')::text, e'\n' order by t.table_name) from engine.table_info as t),
        (select string_agg(to_jsonb(i)::text, e'\n' order by to_jsonb(i)::text) from engine.table_input as i),
        (select string_agg(to_jsonb(s)::text, e'\n' order by s.source_no) from engine.stamp_source as s),
        -- Columns and keys of registered tables and of those that they read.
        (
            select string_agg(format('%s %s %s %s', a.attrelid, a.attname, a.atttypid, a.attnotnull), e'\n' order by a.attrelid, a.attnum)
            from pg_catalog.pg_attribute as a
            where a.attnum > 0 and not a.attisdropped and a.attrelid in (
                select to_regclass(t.table_name) from engine.table_info as t
                union select to_regclass(s.input_table) from engine.stamp_source as s)
        ),
        (
            select string_agg(format('%s %s %s %s %s', k.conrelid, k.contype, k.conkey, k.confrelid, k.confkey), e'\n'
                              order by k.conrelid, k.contype, k.conkey, k.confrelid)
            from pg_catalog.pg_constraint as k
            where k.contype in ('p', 'f') and k.conrelid in (
                select to_regclass(t.table_name) from engine.table_info as t)
        ),
        -- Somebody may have dropped triggers or functions.
        (
            select string_agg(format('%s %s %s', g.tgrelid, g.tgname, g.tgenabled), e'\n' order by g.tgrelid, g.tgname)
            from pg_catalog.pg_trigger as g
            join pg_catalog.pg_proc as p on p.oid = g.tgfoid
            where not g.tgisinternal and p.pronamespace = 'engine'::regnamespace
        ),
        (
            select string_agg(p.oid::text, ' ' order by p.oid)
            from pg_catalog.pg_proc as p
            where p.pronamespace = 'engine'::regnamespace and p.proname like '%\_\_%'
        ),
        (
            select string_agg(format('%s %s', i.inhparent, i.inhrelid), e'\n' order by i.inhparent, i.inhrelid)
            from pg_catalog.pg_inherits as i
            join pg_catalog.pg_class as c on c.oid = i.inhrelid
            where c.relkind in ('r', 'p') and c.relnamespace <> 'engine'::regnamespace
        ),
        -- What a copy of the database does not have: its own search path; and event triggers, where a superuser has made none yet.
        (
            select string_agg(c, ' ' order by c)
            from pg_catalog.pg_db_role_setting as r cross join lateral unnest(r.setconfig) as c
            where r.setdatabase = (select oid from pg_catalog.pg_database where datname = current_database()) and r.setrole = 0
                and c like 'search\_path=%'
        ),
        (select string_agg(evtname::text, ' ' order by evtname) from pg_catalog.pg_event_trigger where evtname like 'trialbase\_%')
    ), 'UTF8')), 'hex');
$$;
comment on function engine.registration_state() is
    'Hash of all registrations, of the shape of registered tables, and of what was generated for them. Reads the catalogue alone.';
