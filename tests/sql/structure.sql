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
        and c.relnamespace in (
            'core'::regnamespace, 'task'::regnamespace, 'photometry'::regnamespace, 'imaging'::regnamespace, 'model'::regnamespace,
            'store'::regnamespace, 'analysis'::regnamespace)
        and c.relname not like '%\_job'
        and (t.typtype = 'd' or e.typtype = 'd')
    $$,
    'no view has a column of a domain');

create temporary view people_view as
select
    c.oid,
    c.oid::regclass::text as name,
    obj_description(c.oid, 'pg_class') as about,
    array_agg(a.attname::text) as column_names,
    array_agg(a.attname::text) && array['session_id', 'session_uuid'] as is_of_sessions,
    -- The tutorial's words: natural joins of these views say what theirs say.
    c.relnamespace = 'analysis'::regnamespace and c.relname like 'ibl\_%' as is_tutorial
from pg_catalog.pg_class as c
join pg_catalog.pg_attribute as a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
where c.relkind in ('v', 'm')
    and c.relnamespace in (
        'core'::regnamespace, 'task'::regnamespace, 'photometry'::regnamespace, 'imaging'::regnamespace, 'model'::regnamespace,
        'store'::regnamespace, 'analysis'::regnamespace)
    and c.relname not like '%\_job'  -- queues under their old names
group by c.oid, c.relname;
create temporary view session_or_subject_view as
select * from people_view
where column_names && array['session_id', 'session_uuid', 'subject_id', 'subject_uuid', 'subject_nickname'];
select cmp_ok((select count(*) from session_or_subject_view), '>', 30::bigint, 'there are views for people');
-- Those that have none themselves say in their comment where to find them.
create temporary table without_source (name text, reason text);
insert into without_source values
    ('core.excluded_session', 'what is_excluded is made from'),
    ('photometry.logged_error', 'part of analysis.photometry_error, which has both'),
    ('analysis.ibl_subject', 'a natural join would compare the subject''s with the session''s'),
    ('analysis.ibl_subject_lab', 'the same'),
    ('analysis.ibl_subject_project', 'the same'),
    ('analysis.ibl_death', 'the same');
select set_eq(
    $$ select oid from session_or_subject_view where not column_names @> array['source', 'is_excluded'] $$,
    $$ select name::regclass::oid from without_source $$,
    'every view of sessions or subjects tells what is made up and what was taken out, but for a short list');
select is_empty(
    $$ select w.name from without_source as w join people_view as v on v.oid = w.name::regclass where v.about !~ 'is_excluded' $$,
    'and these say where it is told');
select is_empty(
    $$ select v.name, a.attname, format_type(a.atttypid, null)
       from people_view as v
       join pg_catalog.pg_attribute as a on a.attrelid = v.oid
       where (a.attname = 'source' and a.atttypid <> 'text'::regtype)
           or (a.attname like 'is\_%' and a.atttypid <> 'boolean'::regtype) $$,
    'as text and as a statement that is true or false');
select is_empty(
    $$ select name from session_or_subject_view
       where not is_tutorial and name not in ('core.excluded_session', 'core.session_key', 'photometry.logged_error')
           and not column_names @> array['subject_nickname', 'lab_name'] $$,
    'and names subject and lab alike');
select is_empty(
    $$ select name from session_or_subject_view
       where is_of_sessions and not is_tutorial and name not in ('core.excluded_session', 'core.session_key', 'photometry.logged_error')
           and not column_names @> array['session_date'] $$,
    'and the date of a session');
select is_empty(
    $$ select name from session_or_subject_view
       where not is_tutorial and column_names && array['eid', 'subject', 'lab', 'nickname', 'session_uuid', 'subject_uuid', 'number', 'date'] $$,
    'and under no other name');

-- One unit per quantity: contrasts are fractions of a known range, percent is in the name; the tutorial's bias and threshold are in
-- percent under the tutorial's names, and say so.
create temporary view people_column as
select
    c.oid::regclass::text as relation,
    a.attname::text as name,
    col_description(c.oid, a.attnum) as about,
    format_type(a.atttypid, a.atttypmod) as type,
    coalesce(v.is_tutorial, false) as is_tutorial
from pg_catalog.pg_class as c
join pg_catalog.pg_attribute as a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
left join people_view as v on v.oid = c.oid
where c.relnamespace in (
        'core'::regnamespace, 'task'::regnamespace, 'photometry'::regnamespace, 'imaging'::regnamespace, 'model'::regnamespace,
        'analysis'::regnamespace)
    and c.relkind in ('r', 'p', 'v', 'm')
    and not c.relispartition
    and c.relname not like '%\_job'
    and format_type(a.atttypid, a.atttypmod) ~ '^(double precision|units\.)';
-- A number that a search found stands beside what the search was worth; two fits have theirs.
select is_empty(
    $$ select c.relation, c.name from people_column as c
       where c.name ~ '(^|_)bias(_shift)?(_percent)?$' and c.relation not in (
               'task.published_fit', 'task.psychometric_params',  -- what others printed; settings
               'task.training_status')  -- what its criteria, which know no quality, were judged by
           and not exists (
               select from pg_catalog.pg_attribute as a
               where a.attrelid = c.relation::regclass
                   and a.attname = any (case when c.name ~ 'bias_shift' then array['bias_shift_quality']
                       else array['fit_quality', 'block_fit_quality', replace(replace(c.name, '_percent', ''), 'bias', 'fit') || '_quality'] end)
           ) $$,
    'a fitted parameter has the quality of its fit beside it');
select is_empty(
    $$ select relation, name from people_column
       where name ~ '(bias|threshold)' and name !~ '(_percent|^is_.*)$' and not (is_tutorial and about ~ '% contrast')
           and relation <> 'task.wheel_movement_params' $$,  -- of another kind, with units in their names
    'what is in percent says so');
select is_empty(
    $$ select relation, name, about from people_column
       where name ~ 'contrast' and name !~ '_percent$' and about !~ '(-1|0) to 1' $$,
    'a contrast whose name does not say percent is a fraction');
select is_empty(
    $$ select relation, name, type from people_column
       where (type = 'units.percent' and name !~ '_percent$') or (type ~ 'fraction' and name ~ '_percent$') $$,
    'and the types agree');
-- Nothing else says percent: a reader of reference_weight_pct expects 85, and would find 0.85.
create temporary table percent_by_name (relation text, name text, reason text);
insert into percent_by_name values
    ('analysis.ibl_lab', 'reference_weight_pct', 'the pipeline''s name and value, which people who come from it compute with'),
    ('analysis.ibl_lab', 'zscore_weight_pct', 'the same');
select set_eq(
    $$ select relation, name::text from people_column where name ~* '(^|_)(pct|percentage|percents|perc)(_|$)' $$,
    $$ select relation, name from percent_by_name $$,
    'percent has one spelling, but for names of others');
select is_empty(
    $$ select c.relation, c.name, c.about from people_column as c
       join percent_by_name as p on p.relation = c.relation and p.name = c.name::text
       where c.about !~ '0 to 1' or c.about !~ 'no percent' $$,
    'and these say what they hold');
select is_empty(
    $$ select relation, name, about from people_column where name ~ '_percent$' and about !~ '%' and about !~* '\mthe same\M' $$,
    'percent columns tell their unit');
select is_empty(
    $$ select relation, name, about from people_column where name ~ '_s$' and name !~ '_(rad|cm)_s$' and about !~ '\[s(\]|,|econds)' and about !~* '\mas (in )?|\mthe same\M' $$,
    'and seconds theirs');

-- One word for one share correct. What is not one of these has another name: fraction_rewarded, comparable_performance, hit_rate.
select is_empty(
    $$ select relation, name, about from people_column
       where (name = 'performance' and about !~ '^(Share of the trials with a contrast reported on the side of a contrast above 0|n_correct /)')
           or (name = 'performance_easy'
               and about !~ '^Share of the (n_easy trials|trials with 50 % contrast or more|easy trials \(contrast at least 50 %\)) reported on the right side') $$,
    'performance and performance_easy mean the same wherever they stand');
select is_empty(
    $$ select relation, name from people_column where name ~ '^(sem|sd|mean)_performance$' $$,
    'and what is derived from one of them names it in full');

-- Beside a mean stand its standard error and an n. (Work rates are of operators, over all runs of a minute.)
select is_empty(
    $$ select c.relation, c.name
       from people_column as c
       where c.relation like 'analysis.%' and c.name ~ '^(mean|avg)_' and c.relation <> 'analysis.populate_rate'
           and c.relation <> 'analysis.allen_performance_metrics'  -- the package's words; its means are of windows that overlap
           and (
               not exists (
                   select from people_column as s
                   where s.relation = c.relation and s.name = 'sem_' || regexp_replace(c.name, '^(mean|avg)_', ''))
               or not exists (
                   select from pg_catalog.pg_attribute as a where a.attrelid = c.relation::regclass and a.attname like 'n\_%')
           ) $$,
    'every mean has its standard error and n');

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
