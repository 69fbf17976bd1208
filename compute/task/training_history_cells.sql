-- Counts of a subject's sessions by contrast and block, in order of session, for task.training_history.
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
    join task.trial_tally using (session_id)
)
select
    numbered_session.key_no,
    numbered_session.session_no,
    trial_tally_cell.signed_contrast,
    trial_tally_cell.probability_left,
    trial_tally_cell.n_trials,
    trial_tally_cell.n_rightward,
    trial_tally_cell.n_leftward,
    trial_tally_cell.n_nogo,
    trial_tally_cell.n_feedback,
    trial_tally_cell.n_rewarded
from numbered_session
join task.trial_tally_cell using (session_id)
order by numbered_session.key_no, numbered_session.session_no, trial_tally_cell.cell
