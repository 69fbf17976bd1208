-- Sessions by name.
\set ON_ERROR_STOP on
begin;
select no_plan();
\ir fixture/small.sql

create temporary table asked (name text, sessions text);
insert into asked values
    ('00000000-0000-0000-0000-000000000012', '12'),
    ('00000000000000000000000000000012', '12'),
    ('00000000-0000-0000-0000-00000000003', '31'),
    ('00000000-0000', '11,12,13,14,21,31'),
    ('abcdef', null),
    ('000', null),
    ('alpha/a1/2019-05-02/001', '12'),
    ('alpha/a1/2019-05-02/2', '13'),
    ('alpha/a1/2019-05-02', '12,13'),
    ('a1/2019-05-02/002', '13'),
    ('a1/2019-05-04', '14'),
    ('alpha/Subjects/a1/2019-05-02/001', '12'),
    ('/data/disk/alpha/Subjects/a1/2019-05-02/002/', '13'),
    ('beta/a1/2019-05-02/001', null),
    ('beta/b1/2019-06-01', '31'),
    ('beta/b1/2019-06-01/001', null),
    ('a1/2019-05-02/001/alf', '12'),
    ('a1/2019-02-31/001', null),
    ('2019-05-02', null),
    ('a1', null),
    ('', null),
    ('//', null),
    ('a1/2019-05-02/99999999999999', null);
select results_eq(
    $$ select a.name, string_agg(right(f.session_id::text, 2), ',' order by f.session_id)
       from asked as a left join lateral analysis.find_sessions(a.name) as f (session_id) on true group by a.name order by a.name $$,
    $$ select name, sessions from asked order by name $$,
    'a name means the sessions that it should');

select is(analysis.session_name('00000000-0000-0000-0000-000000000012'), 'alpha/a1/2019-05-02/001', 'a session has a name');
select is(analysis.session_name('00000000-0000-0000-0000-000000000031'), 'beta/b1/2019-06-01', 'also without a number');
select is(
    analysis.find_session('a1/2019-05-04'), '00000000-0000-0000-0000-000000000014'::uuid, 'one session is found by name');
select is_empty(
    $$ select session_id from core.session
       where session_number is not null and analysis.find_session(analysis.session_name(session_id)) <> session_id $$,
    'and every one by its own');
select throws_ok(
    $$ select analysis.find_session('a9/2019-05-04') $$, 'P0002', 'no session is named ''a9/2019-05-04''', 'none is an error');
select throws_ok(
    $$ select analysis.find_session('a1/2019-05-02') $$, 'P0003',
    '''a1/2019-05-02'' names 2 sessions: alpha/a1/2019-05-02/001 (00000000), alpha/a1/2019-05-02/002 (00000000)',
    'several are an error that lists them');
set local datestyle = 'German';
select is(
    analysis.find_session('a1/2019-05-04'), '00000000-0000-0000-0000-000000000014'::uuid, 'whatever the date style');
select is(analysis.session_name('00000000-0000-0000-0000-000000000031'), 'beta/b1/2019-06-01', 'names, too');

\ir fixture/pgtap_for_all.sql
set local role trialbase_analyst;
select is(
    analysis.find_session('alpha/a1/2019-05-02/1'), '00000000-0000-0000-0000-000000000012'::uuid, 'an analyst may ask');
reset role;

select * from finish();
rollback;
