-- Sessions of a subject that showed contrasts, in order, for task.training_history. The order is that of training_history_trials.sql.
select
    key.key_no,
    row_number() over subject_order as session_no,
    session.session_id,
    session.session_date,
    session.task_protocol,
    session.is_protocol_inferred,
    coalesce(lower(session.rig) like '%ephys%', false) as is_on_ephys_rig,
    session.start_delay_s,
    choice_session.n_trials
from key
join core.session using (subject_id)
join task.choice_session using (session_id)
where exists (
    select from task.choice_trial
    where choice_trial.session_id = session.session_id
        and choice_trial.signed_contrast is not null
)
window subject_order as (
    partition by key.key_no
    order by session.session_date, session.start_time, session.session_number, session.session_id
)
order by key.key_no, session_no
