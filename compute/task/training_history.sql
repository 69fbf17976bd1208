-- Sessions of a subject that showed contrasts, in order, for task.training_history. That order is the one of training_history_cells.sql and
-- training_history_zero_times.sql.
select
    key.key_no,
    row_number() over (
        partition by key.key_no
        order by session.session_date, session.start_time, session.session_number, session.session_id
    ) as session_no,
    session.session_id,
    session.session_date,
    session.task_protocol,
    session.is_protocol_inferred,
    coalesce(lower(session.rig) like '%ephys%', false) as is_on_ephys_rig,
    session.start_delay_s,
    choice_session.n_trials,
    trial_tally.inferred_protocol,
    trial_tally.median_response_time_s
from key
join core.session using (subject_id)
join task.choice_session using (session_id)
join task.trial_tally using (session_id)
order by key.key_no, session_no
