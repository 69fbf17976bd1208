-- Sessions of a subject with change detection, in order, for task.change_training: those known from the project's tables only too.
select
    key.key_no,
    row_number() over subject_order as session_no,
    session.session_id,
    session.session_date,
    change_session.session_id is not null as has_trials,
    change_session.response_window_start_s
from key
join core.session using (subject_id)
left join task.behavior_session using (session_id)
left join task.change_session using (session_id)
where behavior_session.session_id is not null or change_session.session_id is not null
window subject_order as (
    partition by key.key_no
    order by session.session_date, session.start_time, session.session_number, session.session_id
)
order by key.key_no, session_no
