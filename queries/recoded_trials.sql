-- What did a subject's trials look like, recoded as the figures of the paper on standardized behaviour take them, each with the trial before it?
-- :param lab text default '%' of core.lab.lab_name -- pattern of the lab's name
-- :param subject text default '%' of core.subject.nickname -- pattern of the subject's name
-- :param protocol text default '%' of analysis.session.task_protocol -- pattern of the task protocol, recorded or inferred; with % sessions whose task is not known count too
-- :param since date default '-infinity' -- first date
-- :param until date default 'infinity' -- last date
-- :param history_across_sessions boolean default 'false' -- as published: the trial before the first of a session is the last of the one before, of whatever subject
-- :param include_excluded boolean default 'false' -- also what was taken out of analyses (trialbase exclude)
-- :param include_simulated boolean default 'false' -- also simulated sessions and subjects
-- :column lab_name text -- lab where the session was run
-- :column subject_nickname text -- name of the subject within its lab
-- :column session_date date -- calendar date at the rig
-- :column session_number integer -- number of the session within its subject and date
-- :column trial integer -- number of the trial within its session, from 1
-- :column signed_contrast_percent double precision -- contrast right minus left [%]; empty when none is recorded
-- :column choice integer -- 1 right, -1 left, 0 no response
-- :column is_correct boolean -- whether the choice was on the side of the stimulus; a missing response is not; empty at contrast 0
-- :column is_right boolean -- whether the choice was right; empty without response
-- :column is_correct_easy boolean -- is_correct where the contrast is 50 % or more, else empty
-- :column probability_left_percent integer -- probability of the left side in this block [%], rounded
-- :column response_time_s double precision -- response minus stimulus onset [s]; empty without response
-- :column feedback integer -- 1 reward, -1 error; empty without response
-- :column previous_choice integer -- choice of the trial before; empty without response there, and for the first trial of a session
-- :column previous_outcome integer -- feedback of the trial before; empty as previous_choice
-- :column previous_contrast_percent double precision -- contrast of the trial before, without its side [%]
-- :column previous_choice_name text -- right or left
-- :column previous_outcome_name text -- post_correct or post_error
-- :column is_repeat boolean -- whether the choice is that of the trial before; empty without a previous choice
-- :column session_id uuid -- the session's key
\if :{?lab} \else \set lab '%' \endif
\if :{?subject} \else \set subject '%' \endif
\if :{?protocol} \else \set protocol '%' \endif
\if :{?since} \else \set since '-infinity' \endif
\if :{?until} \else \set until 'infinity' \endif
\if :{?history_across_sessions} \else \set history_across_sessions 'false' \endif
\if :{?include_excluded} \else \set include_excluded 'false' \endif
\if :{?include_simulated} \else \set include_simulated 'false' \endif
with session as (
    select
        session_id,
        lab_name,
        subject_nickname,
        session_date,
        session_number,
        row_number() over (
            order by lab_name, subject_nickname, session_date, start_time nulls last, session_number nulls last, session_id
        ) as session_no
    from core.session_context
    where lab_name like :'lab'
        and subject_nickname like :'subject'
        and coalesce(task_protocol, '') like :'protocol'
        and session_date between :'since'::date and :'until'::date
        and (not is_excluded or :'include_excluded'::boolean)
        and (source is distinct from 'simulated' or :'include_simulated'::boolean)
),
recoded as (
    select
        session.*,
        trial.trial,
        (100 * trial.signed_contrast)::double precision as signed_contrast_percent,
        (-trial.choice)::integer as choice,
        case when trial.signed_contrast <> 0 then sign(trial.signed_contrast) = -trial.choice end as is_correct,
        round(100 * trial.probability_left)::integer as probability_left_percent,
        case when trial.choice <> 0 then (trial.response_s - trial.stim_on_s)::double precision end as response_time_s,
        case when trial.choice <> 0 then trial.feedback_type::integer end as feedback,
        case when :'history_across_sessions'::boolean then 0 else session.session_no end as history_no
    from session
    join task.choice_trial as trial using (session_id)
),
with_past as (
    select
        *,
        nullif(lag(choice) over past, 0) as previous_choice,
        lag(feedback) over past as previous_outcome,
        abs(lag(signed_contrast_percent) over past) as previous_contrast_percent
    from recoded
    window past as (partition by history_no order by session_no, trial)
)
select
    lab_name,
    subject_nickname,
    session_date,
    session_number,
    trial,
    signed_contrast_percent,
    choice,
    is_correct,
    case when choice <> 0 then choice = 1 end as is_right,
    case when abs(signed_contrast_percent) >= 50 then is_correct end as is_correct_easy,
    probability_left_percent,
    response_time_s,
    feedback,
    previous_choice,
    previous_outcome,
    previous_contrast_percent,
    case previous_choice when 1 then 'right' when -1 then 'left' end as previous_choice_name,
    case previous_outcome when 1 then 'post_correct' when -1 then 'post_error' end as previous_outcome_name,
    case when previous_choice is not null then choice = previous_choice end as is_repeat,
    session_id
from with_past
order by session_no, trial;
