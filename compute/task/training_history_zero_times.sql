-- Response minus stimulus onset of a subject's trials at contrast 0, in order of session, for task.training_history: the one thing that the
-- statuses ask of trials and that counts cannot tell.
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
    zero.response_time_s
from numbered_session
cross join lateral (
    select
        choice_trial.trial,
        choice_trial.response_s - choice_trial.stim_on_s as response_time_s
    from task.choice_trial
    where choice_trial.session_id = numbered_session.session_id and choice_trial.signed_contrast = 0
    offset 0  -- by the index of these trials, whatever the planner thinks of a subject's share of all
) as zero
where zero.response_time_s is not null
order by numbered_session.key_no, numbered_session.session_no, zero.trial
