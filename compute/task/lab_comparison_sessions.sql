-- Sessions of a set in the order of subjects and time, for task.lab_comparison. The order is that of lab_comparison_trials.sql.
select
    key.key_no,
    row_number() over set_order as session_no,
    session.subject_id,
    coalesce(lab.institution_short, lab.lab_name) as institution_short,
    session.session_date,
    session.task_protocol,
    choice_session.trials_end_s - choice_session.trials_start_s as duration_s
from key
join task.session_pool_member using (pool_id)
join core.session using (session_id)
join core.lab using (lab_name)
join task.choice_session using (session_id)
window set_order as (
    partition by key.key_no
    order by session.subject_id, session.session_date, session.start_time, session.session_number, session.session_id
)
order by key.key_no, session_no
