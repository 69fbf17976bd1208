-- What the tables refuse.
\set ON_ERROR_STOP on
begin;
select no_plan();
\ir fixture/small.sql

-- NaN is greater than every number and poisons every average; no domain lets it or an infinity in.
select throws_ok(
    format('select %L::double precision::%s', value, domain_name), '23514', null,
    format('%s refuses %s', domain_name, value))
from unnest(array['NaN', 'infinity', '-infinity']) as v (value)
cross join (
    select t.oid::regtype::text
    from pg_catalog.pg_type as t
    where t.typnamespace = 'units'::regnamespace and t.typtype = 'd'
) as d (domain_name);
select lives_ok(
    format('select 0.5::%s, null::%s', t.oid::regtype, t.oid::regtype), format('%s takes 0.5 and null', t.oid::regtype))
from pg_catalog.pg_type as t
where t.typnamespace = 'units'::regnamespace and t.typtype = 'd';
select throws_ok('select 1.01::units.fraction', '23514', null, 'a fraction is at most 1');
select throws_ok('select (-0.01)::units.fraction', '23514', null, 'a fraction is not negative');
select throws_ok('select (-1.01)::units.signed_fraction', '23514', null, 'a signed fraction is at least -1');

prepare new_trial as
insert into task.choice_trial (session_id, trial, stim_on_s, contrast_left, contrast_right, choice, feedback_type)
values ('00000000-0000-0000-0000-000000000012', $1, $2, $3, $4, $5, $6);
select throws_ok(
    $$ execute new_trial(7, 'NaN', null, 1, 1, 1) $$, '23514', null, 'a trial''s times are never NaN');
select throws_ok(
    $$ execute new_trial(7, 1, null, 1.5, 1, 1) $$, '23514', null, 'a contrast is a fraction, not percent');
select throws_ok(
    $$ execute new_trial(7, 1, null, 1, 2, 1) $$, '23514', null, 'a choice is -1, 0 or 1');
select throws_ok(
    $$ execute new_trial(7, 1, null, 1, null, 1) $$, '23502', null, 'a trial has a choice');
select throws_ok(
    $$ execute new_trial(7, 1, null, 1, 1, 2) $$, '23514', null, 'a feedback type is -1, 0 or 1');
select throws_ok(
    $$ execute new_trial(0, 1, null, 1, 1, 1) $$, '23514', null, 'trials are counted from 1');
select throws_ok(
    $$ execute new_trial(1, 1, null, 1, 1, 1) $$, '23505', null, 'a trial number is used once');
select throws_ok(
    $$ insert into task.choice_trial (session_id, trial, choice, signed_contrast)
       values ('00000000-0000-0000-0000-000000000012', 7, 1, 0.5) $$,
    '428C9', null, 'the signed contrast cannot be written');
select results_eq(
    $$ select signed_contrast::double precision from task.choice_trial
       where session_id = '00000000-0000-0000-0000-000000000012' order by trial $$,
    array[1, -1, 0, 0.25, -0.5, 1]::double precision[],
    'the signed contrast is right minus left');
select lives_ok($$ execute new_trial(7, null, null, null, 1, null) $$, 'a trial may lack times and contrast');
select is(
    (select signed_contrast::double precision from task.choice_trial
     where session_id = '00000000-0000-0000-0000-000000000012' and trial = 7),
    null, 'without contrasts there is no signed contrast');

select throws_ok(
    $$ update core.lab set time_zone = 'Europe/Nowhere' $$, '23514', null, 'a time zone must be known');
select lives_ok($$ update core.lab set time_zone = 'Europe/London' where lab_name = 'beta' $$, 'and a known one is taken');
select throws_ok(
    $$ update core.subject set sex = 'X' $$, '23514', null, 'a sex is M, F or U');
select throws_ok(
    $$ update core.subject set nickname = 'a1' where nickname = 'a2' $$, '23505', null,
    'a nickname is used once in a lab');
select lives_ok(
    $$ update core.subject set nickname = 'a1' where nickname = 'b1' $$, 'but may be used in another lab');
select throws_ok(
    $$ update core.session set end_time = start_time - interval '1 second' where start_time is not null $$,
    '23514', null, 'a session does not end before it starts');
select throws_ok(
    $$ update core.session set is_protocol_inferred = true where task_protocol is null $$,
    '23514', null, 'an inferred protocol is there');
select throws_ok(
    $$ update task.choice_session set n_correct = 7
       where session_id = '00000000-0000-0000-0000-000000000012' $$,
    '23514', null, 'no more correct trials than trials');
select throws_ok(
    $$ insert into task.choice_session (session_id, n_trials)
       values ('00000000-0000-0000-0000-000000000099', 1) $$,
    '23503', null, 'trials need their session');
select throws_ok(
    $$ delete from core.session where session_id = '00000000-0000-0000-0000-000000000012' $$,
    '23503', null, 'a session with trials is not deleted by itself');
select throws_ok(
    $$ delete from core.subject $$, '23503', null, 'a subject with sessions is not deleted by itself');
select lives_ok(
    $$ delete from task.choice_session where session_id = '00000000-0000-0000-0000-000000000014' $$,
    'trials go with their choice session');
select is_empty(
    $$ select from task.choice_trial where session_id = '00000000-0000-0000-0000-000000000014' $$,
    'and none is left');

-- The same issue or error twice is one row.
select throws_ok(
    $$ insert into core.session_issue (session_id, dataset, issue_type, message)
       select session_id, dataset, issue_type, message from core.session_issue $$,
    '23505', null, 'an issue is kept once');
select lives_ok(
    $$ insert into core.session_error (source, identifier, error_type, message, file_path)
       select source, identifier, error_type, message, file_path from core.session_error
       on conflict do nothing $$,
    'an error is met again');
select is((select count(*) from core.session_error), 1::bigint, 'and kept once');

-- Arrays: rows name files below the root, and go with the row that refers to them.
select throws_ok(
    format($$ insert into store.array (array_id, file, dataset, shape, dtype, checksum, n_bytes, stored_bytes, filter, run_id)
              values (gen_random_uuid(), %L, 'x', '{1}', 'float64', repeat('0', 32), 8, 8, 'none', gen_random_uuid()) $$, path),
    '23514', null, format('an array''s path stays below the root: %s', path))
from unnest(array['/etc/passwd.h5', '../x.h5', 'a/../../x.h5', '', 'a//x.h5', 'a/x#y.h5', 'a/x.npy']) as p (path);
select lives_ok(
    $$ insert into store.array (array_id, file, dataset, shape, dtype, checksum, n_bytes, stored_bytes, filter, run_id)
       select uuid, 'a/..b/x.h5', name, '{1}', 'float64', repeat('0', 32), 8, 8, 'none', gen_random_uuid()
       from (values ('00000000-0000-0000-0000-00000000000a'::uuid, 'a/one'), ('00000000-0000-0000-0000-00000000000b', 'a/two'),
                    ('00000000-0000-0000-0000-00000000000c', 'three'), ('00000000-0000-0000-0000-00000000000d', 'four'))
           as v (uuid, name) $$,
    'dots within a name are no way out');
create table store.owner (id integer primary key);
create table store.owned (id integer references store.owner on delete cascade, no integer, one_array_id uuid, two_array_id uuid, primary key (id, no));
select store.own_array('store.owned', 'one_array_id');
select store.own_array('store.owned', 'two_array_id');
select store.own_array('store.owned', 'two_array_id');
select has_trigger('store', 'owned', 'one_array_deleted', 'an owning table has its triggers');
insert into store.owner values (1), (2);
insert into store.owned values
    (1, 1, '00000000-0000-0000-0000-00000000000a', '00000000-0000-0000-0000-00000000000b'),
    (1, 2, '00000000-0000-0000-0000-00000000000a', null),
    (2, 1, '00000000-0000-0000-0000-00000000000b', '00000000-0000-0000-0000-00000000000c');
select throws_ok($$ delete from store.array where dataset = 'a/one' $$, '23503', null, 'an array that a row names stays');
select throws_ok($$ insert into store.owned values (2, 9, gen_random_uuid(), null) $$, '23503', null, 'a row names arrays that exist');
select results_eq(
    $$ with changed as (update store.owned set two_array_id = '00000000-0000-0000-0000-00000000000d' where id = 2 returning 1)
       select count(*) from changed $$, array[1::bigint], 'a reference is changed');
select set_eq($$ select dataset from store.array $$, array['a/one', 'a/two', 'four'], 'and its former array is gone');
delete from store.owned where id = 1 and no = 1;
select set_eq($$ select dataset from store.array $$, array['a/one', 'a/two', 'four'], 'arrays that other rows name stay');
delete from store.owner where id = 1;
select set_eq($$ select dataset from store.array $$, array['a/two', 'four'], 'a cascade takes arrays along');
delete from store.owner;
select is_empty($$ select dataset from store.array $$, 'to the last');

select * from finish();
rollback;
