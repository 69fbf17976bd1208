-- Trials of a subject around its first biased session with status trained 1b, in order of session and trial, for task.choice_glm. Days are
-- counted as in analysis.training_day, and chosen as in analysis.paper_days_around.
with judged as (
    select
        key.key_no,
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
day as (
    select key_no, session_date, bool_or(is_training) as is_training
    from judged
    group by key_no, session_date
),
numbered_day as (
    select
        key_no,
        session_date,
        count(*) filter (where is_training) over (partition by key_no order by session_date) as training_day
    from day
),
criterion as (
    select key_no, min(session_date) as criterion_date
    from judged
    where protocol = 'biased' and status = 'trained 1b' and not is_excluded
    group by key_no
),
chosen_session as (
    select
        judged.key_no,
        judged.session_id,
        judged.session_date,
        criterion.criterion_date,
        row_number() over (
            partition by judged.key_no
            order by judged.session_date, judged.start_time, judged.session_number, judged.session_id
        ) as session_no
    from key
    join task.choice_glm_params using (choice_glm_params_id)
    join criterion using (key_no)
    join numbered_day as criterion_day on criterion_day.key_no = key.key_no and criterion_day.session_date = criterion.criterion_date
    join judged on judged.key_no = key.key_no and judged.protocol = choice_glm_params.protocol
    join numbered_day on numbered_day.key_no = key.key_no and numbered_day.session_date = judged.session_date
    where not judged.is_excluded
        and numbered_day.training_day - criterion_day.training_day
            between -choice_glm_params.n_days_before and choice_glm_params.n_days_after
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
