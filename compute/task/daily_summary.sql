-- Sessions of a subject on a date, in order, for task.daily_summary. The order and the choice are those of daily_summary_trials.sql:
-- what was taken out of analyses is left out where the date has other sessions.
with day_session as (
    select
        key.key_no,
        session.session_id,
        session.start_time,
        session.session_number,
        session.task_protocol,
        choice_session.n_trials,
        choice_session.n_correct,
        exists (
            select from core.exclusion
            where exclusion.session_id = session.session_id
                and exclusion.fiber_idx is null
                and exclusion.lifted_at is null
        ) as is_excluded
    from key
    join core.session on session.subject_id = key.subject_id and session.session_date = key.date
    join task.choice_session using (session_id)
),
judged as (
    select *, bool_and(is_excluded) over (partition by key_no) as is_day_excluded
    from day_session
)
select
    key_no,
    row_number() over (partition by key_no order by start_time, session_number, session_id) as session_no,
    task_protocol,
    n_trials,
    n_correct
from judged
where is_day_excluded or not is_excluded
order by key_no, session_no
