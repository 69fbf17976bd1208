-- Trials of a subject in order of session and trial, for task.training_history.
with numbered_session as (
    select
        key.key_no,
        session.session_id,
        row_number() over (
            partition by key.key_no
            order by session.session_date, session.start_time, session.session_number, session.session_id
        ) as session_no
    from key
    join core.session using (subject_id)
    join task.choice_session using (session_id)
    where exists (
        select from task.choice_trial
        where choice_trial.session_id = session.session_id
            and choice_trial.signed_contrast is not null
    )
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
