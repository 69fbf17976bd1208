-- NWB files of any origin: what their tables refuse, and what the view says of hand-made rows.
\set ON_ERROR_STOP on
begin;
select no_plan();
\ir fixture/small.sql

select col_is_pk('task'::name, 'nwb_row'::name, array['session_id', 'table_path', 'row']::name[], 'nwb_row has its natural key');
select fk_ok('task', 'nwb_table', 'session_id'::name, 'task', 'nwb_file', 'session_id'::name);

insert into task.nwb_file (session_id, file_name, nwb_version, n_not_understood)
select session_id, 'a.nwb', '2.5.0', 0 from core.session order by session_id limit 1;
insert into task.nwb_table (session_id, table_path, table_name, n_rows, columns, is_loaded)
select session_id, '/intervals/trials', 'trials', 2, '{"correct": "whether it was"}', true from task.nwb_file;
insert into task.nwb_row (session_id, table_path, "row", start_s, stop_s, "values")
select session_id, table_path, n, n * 2.0, n * 2.0 + 1, jsonb_build_object('correct', n = 1, 'tags', array['x'])
from task.nwb_table, generate_series(1, 2) as n;

select results_eq(
    $$ select table_name, "row", start_s, ("values" ->> 'correct')::boolean from analysis.nwb_row order by "row" $$,
    $$ values ('trials', 1::bigint, 2.0::double precision, true), ('trials', 2, 4.0, false) $$,
    'rows with the name of their table');
select throws_ok($$ update task.nwb_row set "row" = 0 where "row" = 1 $$, '23514', null, 'rows are counted from 1');
select throws_ok($$ update task.nwb_row set start_s = 'infinity' $$, '23514', null, 'an infinite time is none');
select throws_ok($$ update task.nwb_row set table_path = '/elsewhere' $$, '23503', null, 'a row belongs to a table of its file');
delete from task.nwb_file;
select is_empty($$ select from task.nwb_row $$, 'rows go with their file');

select * from finish();
rollback;
