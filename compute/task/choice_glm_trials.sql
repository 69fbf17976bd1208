-- Trials of a subject around its first biased session with status trained 1b, in order of session and trial, for task.choice_glm. Days are
-- counted as in analysis.training_day, and chosen as in analysis.paper_days_around; by windows alone, since joins of a subject's days
-- with themselves are planned as loops within loops.
with judged as (
    select
        key.key_no,
        key.choice_glm_params_id,
        session.session_id,
        session.session_date,
        session.start_time,
        session.session_number,
        coalesce(session.task_protocol not like '%habituation%', true) as is_training,
        training_status.status,
        training_status.protocol,
        exists (
            select from core.exclusion
            where exclusion.session_id = session.session_id
                and exclusion.fiber_idx is null
                and exclusion.lifted_at is null
        ) as is_excluded
    from key
    join core.session using (subject_id)
    left join task.training_status
        on training_status.subject_id = key.subject_id
        and training_status.criteria_set = key.criteria_set
        and training_status.session_id = session.session_id
),
first_of_day as (
    select
        *,
        is_training
            and row_number() over (partition by key_no, session_date order by not is_training, session_id) = 1 as is_new_training_day,
        min(session_date) filter (where protocol = 'biased' and status = 'trained 1b' and not is_excluded)
            over (partition by key_no) as criterion_date
    from judged
),
numbered as (
    select
        *,
        count(*) filter (where is_new_training_day) over (partition by key_no order by session_date) as training_day,
        count(*) filter (where is_new_training_day and session_date <= criterion_date) over (partition by key_no) as criterion_day
    from first_of_day
),
chosen_session as (
    select
        numbered.key_no,
        numbered.session_id,
        numbered.session_date,
        numbered.criterion_date,
        row_number() over (
            partition by numbered.key_no
            order by numbered.session_date, numbered.start_time, numbered.session_number, numbered.session_id
        ) as session_no
    from numbered
    join task.choice_glm_params using (choice_glm_params_id, protocol)
    where numbered.criterion_date is not null
        and not numbered.is_excluded
        and numbered.training_day - numbered.criterion_day between -choice_glm_params.n_days_before and choice_glm_params.n_days_after
)
select
    chosen_session.key_no,
    chosen_session.session_no,
    chosen_session.session_date::text as session_date,
    chosen_session.criterion_date::text as criterion_date,
    choice_trial.trial,
    choice_trial.signed_contrast,
    choice_trial.choice,
    choice_trial.feedback_type,
    choice_trial.probability_left
from chosen_session
join task.choice_trial using (session_id)
order by chosen_session.key_no, chosen_session.session_no, choice_trial.trial
