-- Trials of a subject on a date in order of session and trial, for task.daily_summary.
with day_session as (
    select
        key.key_no,
        session.session_id,
        session.start_time,
        session.session_number,
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
),
numbered_session as (
    select
        key_no,
        session_id,
        row_number() over (partition by key_no order by start_time, session_number, session_id) as session_no
    from judged
    where is_day_excluded or not is_excluded
)
select
    numbered_session.key_no,
    numbered_session.session_no,
    choice_trial.trial,
    choice_trial.signed_contrast,
    choice_trial.choice,
    choice_trial.probability_left,
    choice_trial.stim_on_s,
    choice_trial.go_cue_trigger_s,
    choice_trial.response_s
from numbered_session
join task.choice_trial using (session_id)
order by numbered_session.key_no, numbered_session.session_no, choice_trial.trial
