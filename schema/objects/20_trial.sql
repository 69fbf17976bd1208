-- Trials for analysts: joined with names and recoded as the figures use them.
-- Source: spec/ibl_behavior.md, 9.3, with its targets: probabilities rounded, no history across sessions.

create or replace view analysis.trial as
select
    trial.session_id,
    trial.trial,
    session.lab_name,
    session.subject_id,
    session.subject_nickname,
    session.session_date,
    session.session_number,
    session.task_protocol,
    session.is_protocol_inferred,
    trial.start_s::double precision as start_s,
    trial.end_s::double precision as end_s,
    trial.stim_on_s::double precision as stim_on_s,
    trial.go_cue_s::double precision as go_cue_s,
    trial.first_movement_s::double precision as first_movement_s,
    trial.response_s::double precision as response_s,
    trial.feedback_s::double precision as feedback_s,
    trial.contrast_left::double precision as contrast_left,
    trial.contrast_right::double precision as contrast_right,
    trial.signed_contrast::double precision as signed_contrast,
    (100 * trial.signed_contrast)::double precision as signed_contrast_percent,
    round(100 * trial.probability_left)::integer as probability_left_percent,
    case trial.choice when -1 then 'right' when 1 then 'left' else 'no-go' end as choice,
    case trial.choice when -1 then true when 1 then false end as is_right,
    case
        when trial.signed_contrast <> 0 then sign(trial.signed_contrast) = -trial.choice
    end as is_correct,
    case
        when abs(trial.signed_contrast) >= 0.5 then sign(trial.signed_contrast) = -trial.choice
    end as is_correct_easy,
    case when trial.choice <> 0 then trial.feedback_type > 0 end as is_rewarded,
    case when trial.choice <> 0 then (trial.response_s - trial.stim_on_s)::double precision end as response_time_s,
    (trial.first_movement_s - trial.stim_on_s)::double precision as movement_onset_time_s,
    trial.reward_volume_ul::double precision as reward_volume_ul,
    trial.is_included,
    session.source,
    session.is_excluded,
    'choice'::text as paradigm
from task.choice_trial as trial
join core.session_context as session using (session_id)
union all
select
    trial.session_id,
    trial.trial,
    session.lab_name,
    session.subject_id,
    session.subject_nickname,
    session.session_date,
    session.session_number,
    session.task_protocol,
    session.is_protocol_inferred,
    trial.start_s::double precision,
    trial.end_s::double precision,
    trial.change_s::double precision,
    null,
    null,
    trial.response_s::double precision,
    trial.reward_s::double precision,
    null,
    null,
    null,
    null,
    null,
    null,
    null,
    case when trial.is_go or trial.is_catch then trial.is_hit or trial.is_correct_reject end,
    null,
    case when not trial.is_aborted then trial.reward_volume_ml > 0 end,
    trial.response_latency_s::double precision,
    null,
    (1000 * trial.reward_volume_ml)::double precision,
    null,
    session.source,
    session.is_excluded,
    'change'
from task.change_trial as trial
join core.session_context as session using (session_id);
comment on view analysis.trial is
    'Trials of two-alternative choice and of change detection, recoded and joined with names: what is known of the other task alone is '
    'null, and paradigm tells them apart. One row per trial. The rest of change detection is in analysis.change_trial.';
comment on column analysis.trial.session_id is 'The session''s key.';
comment on column analysis.trial.trial is 'Number of the trial within its session, from 1.';
comment on column analysis.trial.lab_name is 'Lab where the session was run.';
comment on column analysis.trial.subject_id is 'The subject''s key.';
comment on column analysis.trial.subject_nickname is 'Name of the subject within its lab.';
comment on column analysis.trial.session_date is 'Calendar date at the rig.';
comment on column analysis.trial.session_number is 'Number of the session within its subject and date.';
comment on column analysis.trial.task_protocol is 'Name and version of the task, recorded or inferred, as in analysis.session.';
comment on column analysis.trial.is_protocol_inferred is 'True when task_protocol was inferred from the trials.';
comment on column analysis.trial.start_s is 'Start of the trial [s, session clock].';
comment on column analysis.trial.end_s is 'End of the trial [s, session clock].';
comment on column analysis.trial.stim_on_s is 'Stimulus onset; in change detection the change, or where it would have been [s, session clock].';
comment on column analysis.trial.go_cue_s is 'Go tone [s, session clock].';
comment on column analysis.trial.first_movement_s is 'First wheel movement [s, session clock].';
comment on column analysis.trial.response_s is
    'Response, or end of the response window; in change detection the first lick, null without one [s, session clock].';
comment on column analysis.trial.feedback_s is 'Reward or error tone; in change detection the reward alone [s, session clock].';
comment on column analysis.trial.contrast_left is 'Contrast on the left, 0 to 1; null when the stimulus was on the right.';
comment on column analysis.trial.contrast_right is 'Contrast on the right, 0 to 1; null when the stimulus was on the left.';
comment on column analysis.trial.signed_contrast is 'Contrast right minus left, -1 to 1, negative is left; null when no contrast is recorded.';
comment on column analysis.trial.signed_contrast_percent is 'The same [%].';
comment on column analysis.trial.probability_left_percent is 'Probability of the left side in this block [%], rounded.';
comment on column analysis.trial.choice is 'What the subject reported: left, right or no-go; null in change detection.';
comment on column analysis.trial.is_right is 'True when it reported right, false for left, null for no-go.';
comment on column analysis.trial.is_correct is
    'Whether the report was on the side of the stimulus; no-go is false; null at contrast 0 and without contrast. In change detection '
    'hits and correct rejects are, null in aborted and auto-rewarded trials.';
comment on column analysis.trial.is_correct_easy is 'As is_correct where the contrast is 50 % or more, else null.';
comment on column analysis.trial.is_rewarded is
    'Whether the choice was rewarded, whatever the contrast; null for no-go. In change detection whether water came, also by itself; null '
    'in aborted trials.';
comment on column analysis.trial.response_time_s is
    'Response minus stimulus onset [s]; null for no-go. The reaction time of the paper (task.reaction_time) also takes the go cue where '
    'the onset is missing; the onset of movement is movement_onset_time_s. In change detection first lick minus change, also before the '
    'response window.';
comment on column analysis.trial.movement_onset_time_s is 'First movement minus stimulus onset [s]; null when there was none.';
comment on column analysis.trial.reward_volume_ul is 'Water given [uL].';
comment on column analysis.trial.is_included is 'Whether the source includes the trial in analyses; null when it does not say.';
comment on column analysis.trial.source is 'Source of the session; simulated when it is made up.';
comment on column analysis.trial.is_excluded is 'Whether the session or its subject was taken out of analyses by hand.';
comment on column analysis.trial.paradigm is 'Kind of task: choice or change.';

create or replace view analysis.trial_history as
with history as (
    select
        session_id,
        trial,
        case choice when 1 then 'left' when -1 then 'right' end as choice,
        case lag(choice) over in_session when 1 then 'left' when -1 then 'right' end as previous_choice,
        case
            when lag(choice) over in_session <> 0 then
                case when lag(feedback_type) over in_session > 0 then 'post_correct' else 'post_error' end
        end as previous_outcome,
        (lag(signed_contrast) over in_session)::double precision as previous_contrast,
        case
            when choice <> 0 and lag(choice) over in_session <> 0 then choice = lag(choice) over in_session
        end as is_repeat
    from task.choice_trial
    window in_session as (partition by session_id order by trial)
)
select
    history.session_id,
    history.trial,
    session.lab_name,
    session.subject_nickname,
    session.session_date,
    history.choice,
    history.previous_choice,
    history.previous_outcome,
    history.previous_contrast,
    history.is_repeat,
    session.source,
    session.is_excluded
from history
join core.session_context as session using (session_id);
comment on view analysis.trial_history is
    'What came before each trial; the first trial of a session has no past. One row per trial.';
comment on column analysis.trial_history.session_id is 'The session.';
comment on column analysis.trial_history.trial is 'Number of the trial within its session, from 1.';
comment on column analysis.trial_history.lab_name is 'Lab where the session was run.';
comment on column analysis.trial_history.subject_nickname is 'Name of the subject within its lab.';
comment on column analysis.trial_history.session_date is 'Calendar date at the rig.';
comment on column analysis.trial_history.choice is 'left, right, or null for no-go.';
comment on column analysis.trial_history.previous_choice is 'Choice of the trial before; null when it was no-go.';
comment on column analysis.trial_history.previous_outcome is
    'post_correct when the trial before was rewarded, post_error when not, null when it was no-go.';
comment on column analysis.trial_history.previous_contrast is 'Signed contrast of the trial before, -1 to 1.';
comment on column analysis.trial_history.is_repeat is
    'Whether the choice is that of the trial before; null when either was no-go.';
comment on column analysis.trial_history.source is 'Source of the session; simulated when it is made up.';
comment on column analysis.trial_history.is_excluded is 'Whether the session or its subject was taken out of analyses by hand.';

create or replace view analysis.training_day as
with day as (
    select
        subject_id,
        session_date,
        count(*)::integer as n_sessions,
        bool_or(task is distinct from 'habituation') as is_training,
        string_agg(distinct source, ', ' order by source) as source,
        bool_and(is_excluded) as is_excluded
    from core.session_context
    group by subject_id, session_date
)
select
    day.subject_id,
    subject.lab_name,
    subject.nickname as subject_nickname,
    day.session_date,
    day.n_sessions,
    (count(*) filter (where day.is_training) over (partition by day.subject_id order by day.session_date))::integer
        as training_day,
    day.source,
    day.is_excluded
from day
join core.subject using (subject_id);
comment on view analysis.training_day is
    'Days on which a subject was in the rig. One row per subject and date.';
comment on column analysis.training_day.subject_id is 'The subject.';
comment on column analysis.training_day.lab_name is 'Lab that keeps the subject.';
comment on column analysis.training_day.subject_nickname is 'Name of the subject within its lab.';
comment on column analysis.training_day.session_date is 'The date.';
comment on column analysis.training_day.n_sessions is 'Number of sessions of that date.';
comment on column analysis.training_day.training_day is
    'Dates up to and including this one with a session that is not habituation; the first training day is 1. Sessions that were '
    'taken out of analyses count: the animal was trained all the same.';
comment on column analysis.training_day.source is 'Sources of the sessions of that date; simulated when they are made up.';
comment on column analysis.training_day.is_excluded is 'Whether all sessions of that date, or the subject, were taken out of analyses by hand.';

create or replace view analysis.session_order as
select
    session_id,
    subject_id,
    lab_name,
    subject_nickname,
    session_date,
    (row_number() over (
        partition by subject_id
        order by session_date, start_time nulls last, session_number nulls last, session_id
    ))::integer as session_ordinal,
    source,
    is_excluded
from core.session_context;
comment on view analysis.session_order is 'Order of the sessions of a subject. One row per session.';
comment on column analysis.session_order.session_id is 'The session.';
comment on column analysis.session_order.subject_id is 'The subject.';
comment on column analysis.session_order.lab_name is 'Lab where the session was run.';
comment on column analysis.session_order.subject_nickname is 'Name of the subject within its lab.';
comment on column analysis.session_order.session_date is 'Calendar date at the rig.';
comment on column analysis.session_order.session_ordinal is
    'Place in the order of date, start time, number, all sessions counted; the first is 1.';
comment on column analysis.session_order.source is 'Source of the session; simulated when it is made up.';
comment on column analysis.session_order.is_excluded is 'Whether the session or its subject was taken out of analyses by hand.';
