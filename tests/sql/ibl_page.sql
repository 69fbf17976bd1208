-- schema/IBL.md: every pair's select runs and finds something, and every name of ours on the page exists. Run at the top folder.
\set ON_ERROR_STOP on
begin;
select no_plan();
\ir fixture/small.sql
\ir fixture/computed.sql
\ir fixture/colony.sql
\set page `cat schema/IBL.md`

create temporary table pair as
select part[1] as theirs, part[2] as sql
from regexp_matches(:'page', '^\| ([A-Za-z_]+\.[A-Za-z. ()]+) \| `(select [^`]*)` \|$', 'gn') as p (part);

create function pg_temp.rows_of(p_sql text) returns bigint language plpgsql as $$
declare
    n bigint;
begin
    execute format('select count(*) from (%s) as answer', p_sql) into n;
    return n;
end $$;

select cmp_ok((select count(*) from pair), '>=', 95::bigint, 'the page has every pair');
select is((select count(*) from pair), (select count(distinct theirs) from pair), 'each once');
select lives_ok(sql, theirs || ' is asked without an error') from pair;
select cmp_ok(pg_temp.rows_of(sql), '>', 0::bigint, theirs || ' is found') from pair;

-- Names of the page's first part: `core.subject`, `core.session.qc`.
create temporary table name as
select distinct string_to_array(part[1], '.') as words
from regexp_matches(:'page', '`((?:core|store|task|analysis)\.[a-z_]+(?:\.[a-z_]+)?)`', 'g') as p (part);
select cmp_ok((select count(*) from name), '>=', 60::bigint, 'the page names tables');
select isnt(
    to_regclass(words[1] || '.' || words[2])::text, null, array_to_string(words, '.') || ' names a table')
from name;
select is(
    (select count(*) from pg_attribute
     where attrelid = to_regclass(words[1] || '.' || words[2]) and attname = words[3] and not attisdropped), 1::bigint,
    array_to_string(words, '.') || ' names a column')
from name
where array_length(words, 1) = 3;
select * from finish();
rollback;
