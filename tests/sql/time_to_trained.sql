-- How long training took, and the share that got there.
\set ON_ERROR_STOP on
set client_min_messages = error;
begin;
set local search_path = public;
select no_plan();
\ir fixture/small.sql
\ir fixture/computed.sql

-- Five observations, one without an outcome left out. At 1 five are at risk, at 2 four (of whom one is last seen then), at 3 two, at 5 one:
-- 4/5, 4/5 3/4, 3/5 1/2, 0. Greenwood: the survival squared times 1/(5 4), + 1/(4 3), + 1/(2 1).
select results_eq(
    $$
    select
        event_time,
        n_at_risk,
        n_events,
        round(survival::numeric, 12),
        round((standard_error ^ 2)::numeric, 12)
    from analysis.kaplan_meier(array[3, 1, 2, 2, 5, null], array[true, true, true, false, true, true])
    $$,
    $$
    values
        (1::double precision, 5, 1, 0.8, round(0.64 * (1 / 20.0), 12)),
        (2, 4, 1, 0.6, round(0.36 * (1 / 20.0 + 1 / 12.0), 12)),
        (3, 2, 1, 0.3, round(0.09 * (1 / 20.0 + 1 / 12.0 + 1 / 2.0), 12)),
        (5, 1, 1, 0, 0)
    $$,
    'the estimate of Kaplan and Meier, with its error'
);
select is_empty(
    $$ select * from analysis.kaplan_meier(array[1, 2], array[false, false]) $$,
    'nobody reached it: there is no step'
);
select is_empty($$ select * from analysis.kaplan_meier('{}', '{}') $$, 'and none of nobody');

-- Session 12 is in training, session 13 trained 1a, both on one date.
select results_eq(
    $$
    select subject_nickname, criteria_set, n_sessions, n_days, n_trials, latest_status, is_trained, last_date
    from analysis.time_to_trained
    where criteria_set = 'warehouse'
    $$,
    $$ values ('a1', 'warehouse', 1, 1, 6, 'trained 1a', true, '2019-05-02'::date) $$,
    'sessions in training are counted until the first above'
);
update task.training_history set latest_status = 'untrainable' where criteria_set = 'warehouse';
select is((select is_trained from analysis.time_to_trained where criteria_set = 'warehouse'), false, 'who gave up was never trained');

select * from finish();
rollback;
