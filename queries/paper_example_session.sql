-- How quick and how correct was a subject within a session, and when should the session have ended: running medians over its trials on four training days (figure 1f)?
-- :param subject text default 'KS014' of core.subject.nickname -- name of the subject, exactly; the paper's example unless another is named
-- :param day_1 integer default '2' -- first training day; the subject's first is 1
-- :param day_2 integer default '7' -- second one
-- :param day_3 integer default '10' -- third one
-- :param day_4 integer default '14' -- fourth one
-- :param lab text default '%' of core.lab.lab_name -- pattern of the lab's name, for names that several labs use
-- :param include_excluded boolean default 'false' -- also what was taken out of analyses (trialbase exclude)
-- :param include_simulated boolean default 'false' -- also simulated sessions and subjects
-- :column lab_name text -- lab that keeps the subject
-- :column subject_nickname text -- name of the subject within its lab
-- :column session_date date -- calendar date at the rig
-- :column session_number integer -- number of the session within its subject and date
-- :column training_day integer -- training day; the first is 1
-- :column source text -- source of the session
-- :column trial integer -- number of the trial within its session, from 1
-- :column start_min double precision -- start of the trial [min from the start of the session's first trial]
-- :column response_time_s double precision -- response minus stimulus onset [s]; empty without response
-- :column running_response_time_s double precision -- median of the response times among this trial and the 19 before it [s]; empty for the first 19
-- :column running_correct_percent double precision -- trials reported on the side of the stimulus of this one and the 19 before it, contrast 0 left out [%]; empty for the first 19
-- :column end_criterion text -- criterion of the session's end that held first at this trial; empty at all others
-- :column session_id uuid -- the session's key
\if :{?subject} \else \set subject 'KS014' \endif
\if :{?day_1} \else \set day_1 '2' \endif
\if :{?day_2} \else \set day_2 '7' \endif
\if :{?day_3} \else \set day_3 '10' \endif
\if :{?day_4} \else \set day_4 '14' \endif
\if :{?lab} \else \set lab '%' \endif
\if :{?include_excluded} \else \set include_excluded 'false' \endif
\if :{?include_simulated} \else \set include_simulated 'false' \endif
with session as (
    select
        context.session_id,
        context.lab_name,
        context.subject_nickname,
        context.session_date,
        context.session_number,
        context.source,
        summary.training_day
    from analysis.ibl_behavioral_summary_by_date as summary
    join core.subject as known on known.subject_id = summary.subject_uuid
    join core.session_context as context
        on context.subject_id = summary.subject_uuid
        and context.session_date = summary.session_date
    where known.nickname = :'subject'
        and known.lab_name like :'lab'
        and summary.training_day in (:'day_1'::integer, :'day_2'::integer, :'day_3'::integer, :'day_4'::integer)
        and (not context.is_excluded or :'include_excluded'::boolean)
        and (context.source is distinct from 'simulated' or :'include_simulated'::boolean)
),
trial as (
    select
        session.*,
        trial.trial,
        row_number() over in_order as place,
        (trial.start_s - min(trial.start_s) over (partition by session.session_id)) / 60 as start_min,
        case when trial.choice <> 0 then (trial.response_s - trial.stim_on_s)::double precision end as response_time_s,
        case when trial.signed_contrast <> 0 then (sign(trial.signed_contrast) = -trial.choice)::integer end as correct
    from session
    -- Session by session, by the key: four of thousands.
    cross join lateral (
        select * from task.choice_trial where choice_trial.session_id = session.session_id offset 0
    ) as trial
    window in_order as (partition by session.session_id order by trial.trial)
),
with_past as (
    select
        *,
        array_agg(response_time_s) over last_twenty as last_times_s,
        (100.0 * sum(correct) over last_twenty / nullif(count(correct) over last_twenty, 0))::double precision as correct_percent
    from trial
    window last_twenty as (partition by session_id order by trial rows 19 preceding)
)
select
    trial.lab_name,
    trial.subject_nickname,
    trial.session_date,
    trial.session_number::integer as session_number,
    trial.training_day,
    trial.source,
    trial.trial,
    trial.start_min::double precision as start_min,
    trial.response_time_s,
    case
        when trial.place >= 20
            then (select percentile_cont(0.5) within group (order by response_s) from unnest(trial.last_times_s) as past (response_s))
    end as running_response_time_s,
    case when trial.place >= 20 then trial.correct_percent end as running_correct_percent,
    session_end.end_criterion,
    trial.session_id
from with_past as trial
left join task.session_end on session_end.session_id = trial.session_id and session_end.end_trial = trial.trial
order by trial.lab_name, trial.training_day, trial.session_number, trial.session_id, trial.trial;
