-- Comments are the documentation that analysts see; every function that the server can check is checked.
\set ON_ERROR_STOP on
begin;
select no_plan();

create temporary view our_schema as
select oid, nspname
from pg_catalog.pg_namespace
where nspname in (
    'units', 'core', 'task', 'photometry', 'imaging', 'model', 'engine', 'store', 'analysis', 'all_labs');

select is_empty(
    $$ select nspname from our_schema where obj_description(oid, 'pg_namespace') is null $$,
    'every schema has a comment');

select is_empty(
    $$
    select c.oid::regclass::text
    from pg_catalog.pg_class as c
    join our_schema on our_schema.oid = c.relnamespace
    where c.relkind in ('r', 'p', 'v', 'm', 'f')
        and coalesce(obj_description(c.oid, 'pg_class'), '') = ''
    $$,
    'every table and view has a comment');

select is_empty(
    $$
    select format('%s.%s', c.oid::regclass, a.attname)
    from pg_catalog.pg_class as c
    join our_schema on our_schema.oid = c.relnamespace
    join pg_catalog.pg_attribute as a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    where c.relkind in ('r', 'p', 'v', 'm', 'f')
        and not c.relispartition
        and coalesce(col_description(c.oid, a.attnum), '') = ''
    $$,
    'every column has a comment');

select is_empty(
    $$
    select c.oid::regclass::text || coalesce('.' || a.attname, '') || ': ' || d.description
    from pg_catalog.pg_description as d
    join pg_catalog.pg_class as c on d.classoid = 'pg_class'::regclass and c.oid = d.objoid
    join our_schema on our_schema.oid = c.relnamespace
    left join pg_catalog.pg_attribute as a on a.attrelid = c.oid and a.attnum = d.objsubid and d.objsubid > 0
    where d.description ~ '\mTODO\M'
    $$,
    'no comment is a skeleton''s stub');

-- Lookup rows are documentation too: what a parameter set is for.
create function pg_temp.lookup_rows() returns table (row_text text) language plpgsql as $$
declare
    v_table text;
begin
    for v_table in select table_name from engine.table_info where tier = 'lookup' and to_regclass(table_name) is not null loop
        return query execute format('select %L || '': '' || t::text from %s as t', v_table, v_table);
    end loop;
end $$;
select cmp_ok((select count(*) from pg_temp.lookup_rows()), '>', 0::bigint, 'lookup tables have rows');
select is_empty(
    $$ select row_text from pg_temp.lookup_rows() where row_text ~ '\mTODO\M' $$, 'and none is a skeleton''s stub');

select is_empty(
    $$
    select p.oid::regprocedure::text
    from pg_catalog.pg_proc as p
    join our_schema on our_schema.oid = p.pronamespace
    where coalesce(obj_description(p.oid, 'pg_proc'), '') = ''
    $$,
    'every function has a comment');

select is_empty(
    $$
    select t.oid::regtype::text
    from pg_catalog.pg_type as t
    join our_schema on our_schema.oid = t.typnamespace
    where t.typtype in ('d', 'e')
        and coalesce(obj_description(t.oid, 'pg_type'), '') = ''
    $$,
    'every domain and enumeration has a comment');

select is_empty(
    $$
    select c.oid::regclass::text
    from pg_catalog.pg_class as c
    join our_schema on our_schema.oid = c.relnamespace
    where c.relkind in ('r', 'p', 'v', 'm')
        and not c.relispartition
        and obj_description(c.oid, 'pg_class') !~* '\mrows?\M'
    $$,
    'every table and view tells its grain');

-- plpgsql_check is looked for, not demanded: it is a tool of ours, no part of a lab's server.
select exists (
    select from pg_catalog.pg_available_extensions where name = 'plpgsql_check'
) as has_plpgsql_check \gset
\if :has_plpgsql_check
    set local client_min_messages = warning;
    create extension if not exists plpgsql_check;
    reset client_min_messages;
    -- Functions that use a temporary table of their own: it is made here as they make it.
    create temporary table cascade_rows (
        table_oid oid not null, places tid[] not null, round integer not null, by_part boolean not null default false
    ) on commit drop;
    create temporary table cascade_plan (
        table_oid oid not null, fate text not null, row_count bigint not null, round integer not null,
        by_part boolean not null default false, rows_sql text, parent_sql text, matches text, columns text[], becomes text
    ) on commit drop;
    -- A trigger function is checked against each table that it serves. A record filled by dynamic SQL has no
    -- type that the checker could know: its two messages about those are left out.
    select is_empty(
        $$
        with checked as (
            select p.oid, 0::oid as relation, p.oid::regprocedure::text as name
            from pg_catalog.pg_proc as p
            join our_schema on our_schema.oid = p.pronamespace
            join pg_catalog.pg_language as l on l.oid = p.prolang
            where l.lanname = 'plpgsql' and p.prorettype not in ('trigger'::regtype, 'event_trigger'::regtype)
            union all
            select distinct p.oid, t.tgrelid, format('%s on %s', p.oid::regprocedure, t.tgrelid::regclass)
            from pg_catalog.pg_trigger as t
            join pg_catalog.pg_proc as p on p.oid = t.tgfoid
            join our_schema on our_schema.oid = p.pronamespace
            join pg_catalog.pg_language as l on l.oid = p.prolang
            where l.lanname = 'plpgsql' and t.tgoldtable is null and t.tgnewtable is null
        )
        select checked.name, problem.lineno, problem.level, problem.message
        from checked
        cross join lateral plpgsql_check_function_tb(
            checked.oid::regprocedure, checked.relation, fatal_errors => false,
            other_warnings => false, extra_warnings => false, performance_warnings => false) as problem
        where problem.level = 'error'
            and problem.message !~ '^(record ".*" is not assigned yet|cached plan is not valid plan)'
        $$,
        'plpgsql_check finds no error in a function');
    select is_empty(
        $$
        with checked as (
            select distinct on (p.oid, t.tgrelid)
                p.oid, t.tgrelid as relation, t.tgoldtable, t.tgnewtable,
                format('%s on %s', p.oid::regprocedure, t.tgrelid::regclass) as name
            from pg_catalog.pg_trigger as t
            join pg_catalog.pg_proc as p on p.oid = t.tgfoid
            join our_schema on our_schema.oid = p.pronamespace
            join pg_catalog.pg_language as l on l.oid = p.prolang
            where l.lanname = 'plpgsql' and (t.tgoldtable is not null or t.tgnewtable is not null)
        )
        select checked.name, problem.lineno, problem.message
        from checked
        cross join lateral plpgsql_check_function_tb(
            checked.oid::regprocedure, checked.relation, fatal_errors => false,
            other_warnings => false, extra_warnings => false, performance_warnings => false,
            oldtable => checked.tgoldtable, newtable => checked.tgnewtable) as problem
        where problem.level = 'error'
        $$,
        'plpgsql_check finds no error in a statement trigger');
\else
    select skip('plpgsql_check is not installed on this server', 2);
\endif

select * from finish();
rollback;
