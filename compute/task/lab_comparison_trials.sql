-- Trials of a set of sessions in order of session and trial, for task.lab_comparison.
with numbered_session as (
    select
        key.key_no,
        session.session_id,
        row_number() over (
            partition by key.key_no
            order by session.subject_id, session.session_date, session.start_time, session.session_number, session.session_id
        ) as session_no
    from key
    join task.session_pool_member using (pool_id)
    join core.session using (session_id)
)
select
    numbered_session.key_no,
    numbered_session.session_no,
    choice_trial.trial,
    choice_trial.signed_contrast,
    choice_trial.choice,
    choice_trial.feedback_type,
    choice_trial.probability_left,
    choice_trial.stim_on_s,
    choice_trial.response_s
from numbered_session
join task.choice_trial using (session_id)
order by numbered_session.key_no, numbered_session.session_no, choice_trial.trial
