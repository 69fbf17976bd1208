-- The tables that others rely on, their keys, and rules that hold for every table.
\set ON_ERROR_STOP on
begin;
select no_plan();

select has_schema(name) from unnest(array[
    'units', 'core', 'task', 'photometry', 'imaging', 'model', 'engine', 'store', 'analysis']::name[]) as s (name);

select col_is_pk('core'::name, 'subject'::name, 'subject_id'::name, 'subject is keyed by subject_id');
select col_is_pk('core'::name, 'session'::name, 'session_id'::name, 'session is keyed by session_id');
select col_is_pk('core'::name, 'session_alias'::name, array['source', 'identifier']::name[], 'session_alias has its natural key');
select col_is_pk('task'::name, 'choice_session'::name, 'session_id'::name, 'choice_session is keyed by session_id');
select col_is_pk('task'::name, 'choice_trial'::name, array['session_id', 'trial']::name[], 'choice_trial has its natural key');
select col_is_pk('store'::name, 'dataset'::name, array['session_id', 'collection', 'dataset_name', 'revision']::name[], 'dataset has its natural key');
select col_is_pk('store'::name, 'array'::name, 'array_id'::name, 'array is keyed by array_id');
select col_is_unique('store'::name, 'array'::name, array['file', 'dataset']::name[], 'and named by its file and dataset');
select fk_ok('task', 'choice_trial', 'session_id'::name, 'task', 'choice_session', 'session_id'::name);
select fk_ok('task', 'choice_session', 'session_id'::name, 'core', 'session', 'session_id'::name);
select fk_ok('core', 'session', 'subject_id'::name, 'core', 'subject', 'subject_id'::name);
select fk_ok('core', 'session', 'lab_name'::name, 'core', 'lab', 'lab_name'::name);

-- Every session reaches its lab by key, so that row-level security by lab needs no redesign.
select col_not_null('core'::name, 'session'::name, 'lab_name'::name, 'every session has its lab');

-- Keys differ between labs when they are drawn from a sequence.
select is_empty(
    $$
    select format('%s.%s', c.oid::regclass, a.attname)
    from pg_catalog.pg_class as c
    join pg_catalog.pg_attribute as a on a.attrelid = c.oid and a.attnum > 0
    left join pg_catalog.pg_attrdef as d on d.adrelid = c.oid and d.adnum = a.attnum
    where c.relkind in ('r', 'p')
        and c.relnamespace in ('core'::regnamespace, 'task'::regnamespace, 'store'::regnamespace)
        and (a.attidentity <> '' or pg_get_expr(d.adbin, d.adrelid) like 'nextval(%')
    $$,
    'no table of core, task and store counts its own rows');

-- Types that survive the trip to pandas and R.
select is_empty(
    $$
    select format('%s.%s %s', c.oid::regclass, a.attname, format_type(a.atttypid, a.atttypmod))
    from pg_catalog.pg_class as c
    join pg_catalog.pg_attribute as a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    where c.relkind in ('r', 'p', 'v', 'm')
        and c.relnamespace in ('core'::regnamespace, 'task'::regnamespace, 'analysis'::regnamespace)
        and a.atttypid in ('interval'::regtype, 'money'::regtype, 'real'::regtype, 'char'::regtype,
                           'varchar'::regtype, 'numeric'::regtype)
    $$,
    'no intervals, single-precision or numeric columns');

select is_empty(
    $$
    select format('%s.%s', c.oid::regclass, a.attname)
    from pg_catalog.pg_class as c
    join pg_catalog.pg_attribute as a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    where c.relkind in ('r', 'p')
        and c.relnamespace in ('core'::regnamespace, 'task'::regnamespace, 'store'::regnamespace)
        and a.atttypid = 'double precision'::regtype
    $$,
    'every stored number is of a domain that refuses NaN');

select is_empty(
    $$
    select format('%s on %s', k.conname, k.conrelid::regclass)
    from pg_catalog.pg_constraint as k
    join pg_catalog.pg_class as c on c.oid = k.conrelid
    where k.contype = 'f'
        and not c.relispartition
        and c.relnamespace in (
            'core'::regnamespace, 'task'::regnamespace, 'photometry'::regnamespace, 'imaging'::regnamespace,
            'model'::regnamespace, 'engine'::regnamespace, 'store'::regnamespace)
        and not exists (
            select
            from pg_catalog.pg_index as i
            where i.indrelid = k.conrelid
                and i.indisvalid
                and (i.indkey::smallint[])[0:cardinality(k.conkey) - 1] @> k.conkey)
    $$,
    'every foreign key leads an index');

-- Views for people. JDBC and others see a domain as a type of its own.
select is_empty(
    $$
    select format('%s.%s %s', c.oid::regclass, a.attname, format_type(a.atttypid, a.atttypmod))
    from pg_catalog.pg_class as c
    join pg_catalog.pg_attribute as a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    join pg_catalog.pg_type as t on t.oid = a.atttypid
    left join pg_catalog.pg_type as e on e.oid = t.typelem and t.typcategory = 'A'
    where c.relkind in ('v', 'm')
        and c.relnamespace in ('core'::regnamespace, 'task'::regnamespace, 'analysis'::regnamespace)
        and c.relname not like '%\_key\_source'
        and (t.typtype = 'd' or e.typtype = 'd')
    $$,
    'no view has a column of a domain');

create temporary view people_view as
select c.oid, c.relname, array_agg(a.attname::text) as column_names
from pg_catalog.pg_class as c
join pg_catalog.pg_attribute as a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
where c.relkind in ('v', 'm')
    and c.relnamespace = 'analysis'::regnamespace
    and c.relname not in ('queue_length', 'stale_result', 'populate_rate', 'error')  -- of operators, in their own words
    and c.relname not like 'ibl\_%'  -- the tutorial's words: natural joins of them say what theirs say
group by c.oid, c.relname;
select cmp_ok((select count(*) from people_view), '>', 15::bigint, 'there are views for people');
select is_empty(
    $$ select relname from people_view where not column_names @> array['source', 'is_excluded'] $$,
    'every view for people tells what is made up and what was taken out');
select is_empty(
    $$ select relname from people_view where not column_names @> array['subject_nickname', 'lab_name'] $$,
    'and names subject and lab alike');
select is_empty(
    $$ select relname from people_view
       where column_names @> array['session_id'] and not column_names @> array['session_date'] $$,
    'and the date of a session');
select is_empty(
    $$ select relname from people_view where column_names && array['eid', 'subject', 'lab', 'nickname', 'session_uuid', 'number'] $$,
    'and under no other name');
select is_empty(
    $$ select format('%s.%s', relname, name)
       from people_view
       cross join unnest(column_names) as name
       where name ~ '(bias|threshold)' and name !~ '_percent$' $$,
    'what is in percent says so');

-- Base tables and their tiers.
select is_empty(
    $$
    select c.oid::regclass::text
    from pg_catalog.pg_class as c
    where c.relkind in ('r', 'p')
        and c.relnamespace in ('core'::regnamespace, 'task'::regnamespace, 'store'::regnamespace)
        and not exists (
            select from engine.table_info
            where c.oid = to_regclass(table_name))
    $$,
    'the engine knows the tier of every table');

select * from finish();
rollback;
