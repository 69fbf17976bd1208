-- Sessions of light data for bench_figure: $1 sessions, 25 of each subject, five subjects of each lab, with results as
-- populate leaves them. Performance rises with the days.
with made as (
    select
        n,
        n / 25 as subject,
        n % 25 as day,
        n / 125 as lab,
        150 + n % 50 as n_easy,
        0.5 + 0.45 * (n % 25) / 25.0 as share
    from generate_series(0, $1::integer - 1) as n
),
lab as (
    insert into core.lab (lab_name)
    select distinct 'lab' || lab
    from made
    returning lab_name
),
subject as (
    insert into core.subject (subject_id, lab_name, nickname)
    select distinct ('00000001-0000-4000-8000-' || lpad(subject::text, 12, '0'))::uuid, 'lab' || lab, 'mouse_' || subject
    from made
    where (select count(*) from lab) > 0
    returning subject_id
),
session as (
    insert into core.session (session_id, subject_id, lab_name, session_date, session_number, task_protocol, source)
    select
        ('00000002-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid,
        ('00000001-0000-4000-8000-' || lpad(subject::text, 12, '0'))::uuid,
        'lab' || lab,
        date '2019-01-01' + day,
        1,
        'trainingChoiceWorld',
        'bench'
    from made
    where (select count(*) from subject) > 0
    returning session_id
),
choice as (
    insert into task.choice_session (session_id, n_trials, n_correct, trials_start_s, trials_end_s)
    select ('00000002-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid, 400, round(400 * share)::integer, 0, 2000
    from made
    where (select count(*) from session) > 0
    returning session_id
)
insert into task.session_performance (
    session_id, n_trials, n_correct, n_rewarded, n_nogo, n_easy, n_without_contrast, performance, performance_easy,
    median_response_time_s, n_contrasts, has_zero_contrast, n_blocks, min_block_length, is_block_structure_flagged, inferred_protocol
)
select
    ('00000002-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid,
    400,
    round(400 * share)::integer,
    round(400 * share)::integer,
    0,
    n_easy,
    0,
    share,
    round(n_easy * share) / n_easy,
    0.5,
    6,
    true,
    1,
    400,
    false,
    'training'
from made
where (select count(*) from choice) > 0;
