-- schema/DATAJOINT.md: every pair's SQL runs, finds something, and where the answer is known, finds that. Run at the top folder.
\set ON_ERROR_STOP on
begin;
select no_plan();
\ir fixture/small.sql
\ir fixture/computed.sql
-- Names of the page that the fixture has otherwise: the mouse and the project.
\set page `cat schema/DATAJOINT.md`

create temporary table pair as
select part_no, part[1] as expression, replace(replace(part[2], 'KS014', 'a1'), 'ibl_neuropixel_brainwide_01', 'states') as sql
from regexp_matches(:'page', '^\| `([^|]*)` \| `(select [^`]*)` \|$', 'gn') with ordinality as p (part, part_no);

create function pg_temp.rows_of(p_sql text) returns bigint language plpgsql as $$
declare
    n bigint;
begin
    execute format('select count(*) from (%s) as answer', p_sql) into n;
    return n;
end $$;
create function pg_temp.answers(p_begins text) returns setof jsonb language plpgsql as $$
declare
    v_sql text;
begin
    select sql into strict v_sql from pair where starts_with(expression, p_begins);
    return query execute format('select to_jsonb(answer) from (%s) as answer', v_sql);
end $$;

select cmp_ok((select count(*) from pair), '>=', 25::bigint, 'the page has pairs');
select lives_ok(sql, expression || ' is asked without an error') from pair;
select cmp_ok(pg_temp.rows_of(sql), '>', 0::bigint, expression || ' is found') from pair;

-- Each pair against the tables themselves.
select is(
    (select array_agg(row ->> 'subject_nickname') from pg_temp.answers('subject.Subject & ''sex') as row),
    (select array_agg(nickname) from core.subject where sex = 'M'), 'restriction');
select is(
    pg_temp.rows_of((select sql from pair where expression = 'subject.Subject & subject.Death'))
    + pg_temp.rows_of((select sql from pair where expression = 'subject.Subject - subject.Death')),
    (select count(*) from core.subject), 'with a partner and without one: all');
select is(
    (select sum((row ->> 'n')::bigint) from pg_temp.answers('subject.Subject.aggr(acquisition.Session, n') as row)::bigint,
    (select count(*) from core.session), 'sessions by subject add up');
select is(
    (select sum((row ->> 'n')::bigint) from pg_temp.answers('reference.Lab.aggr') as row)::bigint,
    (select count(*) from core.session), 'and by lab');
select is(
    (select sum((row ->> 'n')::bigint) from pg_temp.answers('dj.U(''trial_response_choice'')') as row)::bigint,
    (select count(*) from task.choice_trial), 'trials by choice add up');
select is(
    (select count(*) from pg_temp.answers('sessions = ')),
    (select count(*)
     from analysis.session
     join core.session_member as member using (session_id)
     where session.task_protocol like '%training%'
         and exists (select from task.reaction_time where reaction_time.session_id = session.session_id and params_id = 'default')
         and exists (select from task.training_status where training_status.session_id = session.session_id)
         and exists (select from task.session_performance where session_performance.session_id = session.session_id)
         and exists (select from task.psychometric_fit where psychometric_fit.session_id = session.session_id and params_id = 'status')),
    'the tutorial''s query has a row per training session and user');

select * from finish();
rollback;
