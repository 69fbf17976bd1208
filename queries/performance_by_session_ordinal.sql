-- How does performance on easy trials change from session to session?
-- :param lab text default '%' -- pattern of the lab's name
-- :param protocol text default '%training%' -- pattern of the task protocol; sessions without protocol drop out
-- :column session_ordinal integer -- place of the session among the subject's chosen ones, from 1
-- :column n_sessions integer -- sessions at this place, one per subject
-- :column mean_performance_easy double precision -- mean share correct at 50 % contrast or more, 0 to 1
\if :{?lab} \else \set lab '%' \endif
\if :{?protocol} \else \set protocol '%training%' \endif
with chosen as (
    select
        performance_easy,
        (row_number() over (
            partition by subject_id
            order by session_date, start_time nulls last, session_number nulls last, session_id
        ))::integer as session_ordinal
    from analysis.session
    where n_trials is not null
        and lab_name like :'lab'
        and task_protocol like :'protocol'
)
select
    session_ordinal,
    count(*)::integer as n_sessions,
    avg(performance_easy) as mean_performance_easy
from chosen
group by session_ordinal
order by session_ordinal;
