-- The tables and columns of the tutorial under the names that it uses, so that its queries translate word by word:
--   TrialSet * PsychResults & 'n_trials > 400'
--   select * from analysis.ibl_trial_set natural join analysis.ibl_psych_results where n_trials > 400
-- Columns of equal name join, as in DataJoint. The reference keys a session by subject and start time; here
-- session_uuid stands beside them. Times of day are the rig's, without zone. Source: spec/ibl_behavior.md, 1 and 9.
--
-- session_start_time is a key, so it is never null and no two sessions of a subject share it. Where the time of day is not
-- known (is_start_time_known) it is the date and a microsecond for each session of the date without a time up to this one, in
-- the order of their numbers: 00:00:00.000001 is the first such session of a day, not a session at midnight. A start that
-- other sessions of the subject have too is a millisecond later for each that comes before in that order.
-- source and is_excluded are the session's in every view of sessions, so that they join as the key does; a subject's own are named
-- apart (session_sources, is_subject_excluded of ibl_subject), for in a natural join they would be compared with the session's.

create or replace view analysis.ibl_lab as
select
    lab_name,
    lab_id as lab_uuid,
    institution,
    institution_short,
    address,
    time_zone,
    reference_weight_fraction::double precision as reference_weight_pct,
    zscore_weight_fraction::double precision as zscore_weight_pct
from core.lab;
comment on view analysis.ibl_lab is 'reference.Lab of the tutorial. One row per lab.';
comment on column analysis.ibl_lab.lab_name is 'Name of the lab.';
comment on column analysis.ibl_lab.lab_uuid is 'UUID of the lab.';
comment on column analysis.ibl_lab.institution is 'Institution.';
comment on column analysis.ibl_lab.institution_short is 'Short name of the institution.';
comment on column analysis.ibl_lab.address is 'Postal address.';
comment on column analysis.ibl_lab.time_zone is 'IANA name of the time zone.';
comment on column analysis.ibl_lab.reference_weight_pct is
    'Share of the reference weight that an animal must keep, 0 to 1 (0.85): under the pipeline''s name, whose values are shares and no '
    'percent either. core.lab has it as reference_weight_fraction.';
comment on column analysis.ibl_lab.zscore_weight_pct is
    'Share of the expected weight by the z-score that an animal must keep, 0 to 1: under the pipeline''s name, whose values are shares and '
    'no percent either. core.lab has it as zscore_weight_fraction.';

create or replace view analysis.ibl_subject as
select
    subject.subject_id as subject_uuid,
    subject.nickname as subject_nickname,
    subject.sex,
    subject.birth_date as subject_birth_date,
    subject.ear_mark,
    subject.line_name as subject_line,
    subject.source_name as subject_source,
    subject.strain_name as subject_strain,
    subject.protocol_number,
    subject.description as subject_description,
    context.source as session_sources,
    context.is_excluded as is_subject_excluded
from core.subject
join core.subject_context as context using (subject_id);
comment on view analysis.ibl_subject is
    'subject.Subject of the tutorial. One row per subject. What other views call source and is_excluded is session_sources and '
    'is_subject_excluded here, which a natural join does not compare with the session''s.';
comment on column analysis.ibl_subject.subject_uuid is 'Key of the subject.';
comment on column analysis.ibl_subject.subject_nickname is 'Name of the subject within its lab.';
comment on column analysis.ibl_subject.sex is 'M, F or U.';
comment on column analysis.ibl_subject.subject_birth_date is 'Day of birth.';
comment on column analysis.ibl_subject.ear_mark is 'Mark on the ear.';
comment on column analysis.ibl_subject.subject_line is 'Breeding line.';
comment on column analysis.ibl_subject.subject_source is 'Where the subject comes from.';
comment on column analysis.ibl_subject.subject_strain is 'Genetic background.';
comment on column analysis.ibl_subject.protocol_number is 'Number of the animal protocol.';
comment on column analysis.ibl_subject.subject_description is 'Remarks.';
comment on column analysis.ibl_subject.session_sources is
    'Sources of the subject''s sessions, separated by commas; simulated when it is made up; null without sessions.';
comment on column analysis.ibl_subject.is_subject_excluded is 'Whether the subject was taken out of analyses by hand.';

create or replace view analysis.ibl_subject_lab as
select
    subject_id as subject_uuid,
    lab_name
from core.subject;
comment on view analysis.ibl_subject_lab is
    'subject.SubjectLab of the tutorial. One row per subject. source and is_excluded are asked of ibl_subject, under names of its own.';
comment on column analysis.ibl_subject_lab.subject_uuid is 'Key of the subject.';
comment on column analysis.ibl_subject_lab.lab_name is 'Lab that keeps the subject.';

create or replace view analysis.ibl_subject_project as
select
    subject_id as subject_uuid,
    project_name as subject_project
from core.subject_project;
comment on view analysis.ibl_subject_project is
    'subject.SubjectProject of the tutorial. One row per subject and project. source and is_excluded are asked of ibl_subject, under names of its own.';
comment on column analysis.ibl_subject_project.subject_uuid is 'Key of the subject.';
comment on column analysis.ibl_subject_project.subject_project is 'Project.';

create or replace view analysis.ibl_death as
select
    subject_id as subject_uuid,
    death_date
from core.subject
where death_date is not null;
comment on view analysis.ibl_death is
    'subject.Death of the tutorial. One row per dead subject. source and is_excluded are asked of ibl_subject, under names of its own.';
comment on column analysis.ibl_death.subject_uuid is 'Key of the subject.';
comment on column analysis.ibl_death.death_date is 'Day of death.';

-- A function, asked once for each place in a statement, whose rows are announced as many more than they are: natural joins of
-- these views compare five columns that say the same, of which the planner expects one match in 200^4 x 2 pairs (200 values of a
-- column that it knows nothing about, 2 of a boolean). More rows than that, and a chain of such joins does not shrink to nothing; told
-- the truth it would run through one view anew for each row of another.
create or replace function core.session_keys()
returns table (session_id uuid, subject_id uuid, session_start_time timestamp, source text, is_excluded boolean)
language sql stable parallel safe rows 10000000000
set search_path = pg_catalog, pg_temp as $$
    select
        session.session_id,
        session.subject_id,
        case
            when session.start_time is not null then
                session.start_time at time zone coalesce(lab.time_zone, 'UTC')
                + (row_number() over in_moment - 1) * interval '1 millisecond'
            else session.session_date + row_number() over in_moment * interval '1 microsecond'
        end,
        session.source,
        session.session_id in (select excluded_session.session_id from core.excluded_session)
    from core.session
    join core.lab on lab.lab_name = session.lab_name
    window in_moment as (
        partition by
            session.subject_id,
            session.start_time,
            case when session.start_time is null then session.session_date end
        order by session.session_number nulls last, session.session_id
    )
$$;
comment on function core.session_keys() is
    'The rows of core.session_key: session, subject, a start that is unique for the subject, source, and whether it was taken out of analyses.';

create or replace view core.session_key as
select
    session_id,
    subject_id,
    session_start_time,
    source,
    is_excluded
from core.session_keys();
comment on view core.session_key is
    'The key by which the tutorial''s tables know a session: subject and start. One row per session.';
comment on column core.session_key.session_id is 'The session.';
comment on column core.session_key.subject_id is 'The subject.';
comment on column core.session_key.session_start_time is
    'Start at the rig; unique for the subject, never null. Where only the date is known, the date and a microsecond for each session of '
    'that date without a time up to this one, which is no time of day.';
comment on column core.session_key.source is 'Source of the session; simulated when it is made up.';
comment on column core.session_key.is_excluded is 'Whether the session or its subject was taken out of analyses by hand.';

create or replace view analysis.ibl_session as
with session as materialized (  -- once a statement, as core.session_key
    select
        context.subject_id as subject_uuid,
        session_key.session_start_time,
        context.session_id as session_uuid,
        context.session_date,
        context.session_number,
        record.end_time at time zone coalesce(lab.time_zone, 'UTC') as session_end_time,
        coalesce(record.place_lab_name, context.lab_name) as session_lab,
        record.place_name as session_location,
        context.task_protocol,
        record.session_type,
        record.narrative as session_narrative,
        context.is_start_time_known,
        context.is_protocol_inferred,
        session_key.source,
        session_key.is_excluded
    from core.session_context as context
    join core.session_key on session_key.session_id = context.session_id
    join core.session as record on record.session_id = context.session_id
    join core.lab on lab.lab_name = context.lab_name
)
select
    subject_uuid,
    session_start_time,
    session_uuid,
    session_date,
    session_number,
    session_end_time,
    session_lab,
    session_location,
    task_protocol,
    session_type,
    session_narrative,
    is_start_time_known,
    is_protocol_inferred,
    source,
    is_excluded
from session;
comment on view analysis.ibl_session is 'acquisition.Session of the tutorial. One row per session.';
comment on column analysis.ibl_session.subject_uuid is 'Key of the subject.';
comment on column analysis.ibl_session.session_start_time is
    'The tutorial''s key of a session: its start at the rig; unique for the subject. Where only the date is known (is_start_time_known is '
    'false) it is the date and a microsecond for each session of that date without a time up to this one, which is no time of day: '
    'ask session_date for the date, and for times only where is_start_time_known.';
comment on column analysis.ibl_session.session_uuid is 'Key of the session.';
comment on column analysis.ibl_session.session_date is 'Calendar date at the rig; known of every session.';
comment on column analysis.ibl_session.session_number is 'Number of the session within its date.';
comment on column analysis.ibl_session.session_end_time is 'End at the rig.';
comment on column analysis.ibl_session.session_lab is 'Lab where the session was run.';
comment on column analysis.ibl_session.session_location is 'Room or rig.';
comment on column analysis.ibl_session.task_protocol is
    'Name and version of the task; where it was not recorded, training or biased as the trials tell, as in analysis.session.';
comment on column analysis.ibl_session.session_type is 'Kind of session.';
comment on column analysis.ibl_session.session_narrative is 'What the experimenter wrote.';
comment on column analysis.ibl_session.is_start_time_known is
    'Whether the time of day in session_start_time is known; else only session_date is.';
comment on column analysis.ibl_session.is_protocol_inferred is 'True when task_protocol was inferred from the trials.';
comment on column analysis.ibl_session.source is 'Source of the session; simulated when it is made up.';
comment on column analysis.ibl_session.is_excluded is 'Whether the session or its subject was taken out of analyses by hand.';

create or replace view analysis.ibl_session_user as
select
    session_key.subject_id as subject_uuid,
    session_key.session_start_time,
    session_key.session_id as session_uuid,
    session_member.user_name,
    session_key.source,
    session_key.is_excluded
from core.session_key
left join core.session_member on session_member.session_id = session_key.session_id;
comment on view analysis.ibl_session_user is
    'acquisition.SessionUser of the tutorial. One row per session and person; a session whose people were not recorded has one row '
    'without a name, so that it is not lost in a join.';
comment on column analysis.ibl_session_user.subject_uuid is 'Key of the subject.';
comment on column analysis.ibl_session_user.session_start_time is 'Start at the rig, see analysis.ibl_session.';
comment on column analysis.ibl_session_user.session_uuid is 'Key of the session.';
comment on column analysis.ibl_session_user.user_name is 'The person; null when the source names none.';
comment on column analysis.ibl_session_user.source is 'Source of the session; simulated when it is made up.';
comment on column analysis.ibl_session_user.is_excluded is 'Whether the session or its subject was taken out of analyses by hand.';

create or replace view analysis.ibl_session_project as
select
    session_key.subject_id as subject_uuid,
    session_key.session_start_time,
    session_key.session_id as session_uuid,
    session_project.project_name as session_project,
    session_key.source,
    session_key.is_excluded
from core.session_project
join core.session_key on session_key.session_id = session_project.session_id;
comment on view analysis.ibl_session_project is
    'acquisition.SessionProject of the tutorial, all projects of a session. One row per session and project.';
comment on column analysis.ibl_session_project.subject_uuid is 'Key of the subject.';
comment on column analysis.ibl_session_project.session_start_time is 'Start at the rig, see analysis.ibl_session.';
comment on column analysis.ibl_session_project.session_uuid is 'Key of the session.';
comment on column analysis.ibl_session_project.session_project is 'The project.';
comment on column analysis.ibl_session_project.source is 'Source of the session; simulated when it is made up.';
comment on column analysis.ibl_session_project.is_excluded is 'Whether the session or its subject was taken out of analyses by hand.';

create or replace view analysis.ibl_settings as
select
    session_key.subject_id as subject_uuid,
    session_key.session_start_time,
    session_key.session_id as session_uuid,
    session.rig as pybpod_board,
    session_key.source,
    session_key.is_excluded
from core.session
join core.session_key on session_key.session_id = session.session_id
where session.rig is not null;
comment on view analysis.ibl_settings is 'behavior.Settings of the tutorial. One row per session whose board is known.';
comment on column analysis.ibl_settings.subject_uuid is 'Key of the subject.';
comment on column analysis.ibl_settings.session_start_time is 'Start at the rig, see analysis.ibl_session.';
comment on column analysis.ibl_settings.session_uuid is 'Key of the session.';
comment on column analysis.ibl_settings.pybpod_board is 'Name of the board or rig that ran the task.';
comment on column analysis.ibl_settings.source is 'Source of the session; simulated when it is made up.';
comment on column analysis.ibl_settings.is_excluded is 'Whether the session or its subject was taken out of analyses by hand.';

create or replace view analysis.ibl_session_delay as
select
    session_key.subject_id as subject_uuid,
    session_key.session_start_time,
    session_key.session_id as session_uuid,
    session.start_delay_s::double precision as session_delay_in_secs,
    session.start_delay_s::double precision / 60 as session_delay_in_mins,
    session_key.source,
    session_key.is_excluded
from core.session
join core.session_key on session_key.session_id = session.session_id
where session.start_delay_s is not null;
comment on view analysis.ibl_session_delay is 'behavior.SessionDelay of the tutorial. One row per session whose delay is known.';
comment on column analysis.ibl_session_delay.subject_uuid is 'Key of the subject.';
comment on column analysis.ibl_session_delay.session_start_time is 'Start at the rig, see analysis.ibl_session.';
comment on column analysis.ibl_session_delay.session_uuid is 'Key of the session.';
comment on column analysis.ibl_session_delay.session_delay_in_secs is 'Delay before the first trial was allowed [s].';
comment on column analysis.ibl_session_delay.session_delay_in_mins is 'The same [min].';
comment on column analysis.ibl_session_delay.source is 'Source of the session; simulated when it is made up.';
comment on column analysis.ibl_session_delay.is_excluded is 'Whether the session or its subject was taken out of analyses by hand.';

-- The reference asks for eight files of their own; here a column of the trials stands for its file, whatever it came in. included is
-- looked up by its right name (the reference always says Missing). Source: spec/ibl_behavior.md, 1.6 and 15 (D14).
create or replace view analysis.ibl_complete_trial_session as
select
    session_key.subject_id as subject_uuid,
    session_key.session_start_time,
    session_key.session_id as session_uuid,
    initcap(choice_session.stim_on_status::text) as stim_on_times_status,
    case when choice_session.rep_num_status <> 'missing' or 'trials.repNum' = any (file.types) then 'Complete' else 'Missing' end
        as rep_num_status,
    case when choice_session.included_status <> 'missing' or 'trials.included' = any (file.types) then 'Complete' else 'Missing' end
        as included_status,
    case when '_iblrig_ambientSensorData.raw.jsonable' = any (file.names) then 'Complete' else 'Missing' end
        as ambient_sensor_data_status,
    case when choice_session.go_cue_status <> 'missing' or 'trials.goCue_times' = any (file.types) then 'Complete' else 'Missing' end
        as go_cue_times_status,
    case when choice_session.go_cue_trigger_status <> 'missing' or 'trials.goCueTrigger_times' = any (file.types) then 'Complete'
        else 'Missing' end as go_cue_trigger_times_status,
    case when choice_session.reward_volume_status <> 'missing' or 'trials.rewardVolume' = any (file.types) then 'Complete'
        else 'Missing' end as reward_volume_status,
    case when choice_session.iti_status <> 'missing' or 'trials.itiDuration' = any (file.types) then 'Complete' else 'Missing' end
        as iti_duration_status,
    session_key.source,
    session_key.is_excluded
from task.choice_session
join core.session_key on session_key.session_id = choice_session.session_id
cross join lateral (
    select
        coalesce(array_agg(dataset.dataset_type_name), '{}') as types,
        coalesce(array_agg(dataset.dataset_name), '{}') as names
    from store.dataset
    where dataset.session_id = choice_session.session_id
) as file
where (choice_session.feedback_status <> 'missing' or 'trials.feedback_times' = any (file.types))
    and (choice_session.response_status <> 'missing' or 'trials.response_times' = any (file.types))
    and (choice_session.trials_start_s is not null or 'trials.intervals' = any (file.types))
    and ('trials.feedbackType' = any (file.types) or exists (
        select from task.choice_trial as trial
        where trial.session_id = choice_session.session_id and trial.feedback_type is not null
    ))
    and ('trials.contrastLeft' = any (file.types) or exists (
        select from task.choice_trial as trial
        where trial.session_id = choice_session.session_id and trial.contrast_left is not null
    ))
    and ('trials.contrastRight' = any (file.types) or exists (
        select from task.choice_trial as trial
        where trial.session_id = choice_session.session_id and trial.contrast_right is not null
    ))
    and ('trials.probabilityLeft' = any (file.types) or exists (
        select from task.choice_trial as trial
        where trial.session_id = choice_session.session_id and trial.probability_left is not null
    ));
comment on view analysis.ibl_complete_trial_session is
    'behavior.CompleteTrialSession of the tutorial: which datasets of the trials were there. One row per session whose trials have '
    'feedback times and types, intervals, choices, response times, both contrasts and the probability of the left side.';
comment on column analysis.ibl_complete_trial_session.subject_uuid is 'Key of the subject.';
comment on column analysis.ibl_complete_trial_session.session_start_time is 'Start at the rig, see analysis.ibl_session.';
comment on column analysis.ibl_complete_trial_session.session_uuid is 'Key of the session.';
comment on column analysis.ibl_complete_trial_session.stim_on_times_status is
    'Stimulus onsets: Complete, Partial (some trials lack them) or Missing.';
comment on column analysis.ibl_complete_trial_session.rep_num_status is 'Numbers of repeats: Complete when there are any, else Missing.';
comment on column analysis.ibl_complete_trial_session.included_status is
    'Whether the source tells which trials it includes: Complete or Missing. (The reference looks it up by a wrong name, always Missing.)';
comment on column analysis.ibl_complete_trial_session.ambient_sensor_data_status is
    'The rig''s file of temperature, pressure and humidity: Complete when it is there, else Missing.';
comment on column analysis.ibl_complete_trial_session.go_cue_times_status is 'Go tones heard: Complete when there are any, else Missing.';
comment on column analysis.ibl_complete_trial_session.go_cue_trigger_times_status is
    'Go tones commanded: Complete when there are any, else Missing.';
comment on column analysis.ibl_complete_trial_session.reward_volume_status is 'Volumes of water: Complete when there are any, else Missing.';
comment on column analysis.ibl_complete_trial_session.iti_duration_status is
    'Inter-trial intervals: Complete when there are any, else Missing.';
comment on column analysis.ibl_complete_trial_session.source is 'Source of the session; simulated when it is made up.';
comment on column analysis.ibl_complete_trial_session.is_excluded is 'Whether the session or its subject was taken out of analyses by hand.';

create or replace view analysis.ibl_trial_set as
select
    session_key.subject_id as subject_uuid,
    session_key.session_start_time,
    session_key.session_id as session_uuid,
    choice_session.n_trials,
    choice_session.n_correct as n_correct_trials,
    choice_session.trials_start_s::double precision as trials_start_time,
    choice_session.trials_end_s::double precision as trials_end_time,
    session_key.source,
    session_key.is_excluded
from task.choice_session
join core.session_key on session_key.session_id = choice_session.session_id;
comment on view analysis.ibl_trial_set is 'behavior.TrialSet of the tutorial. One row per session with trials.';
comment on column analysis.ibl_trial_set.subject_uuid is 'Key of the subject.';
comment on column analysis.ibl_trial_set.session_start_time is 'Start at the rig, see analysis.ibl_session.';
comment on column analysis.ibl_trial_set.session_uuid is 'Key of the session.';
comment on column analysis.ibl_trial_set.n_trials is 'Number of trials.';
comment on column analysis.ibl_trial_set.n_correct_trials is 'Number of correct trials; zero contrast never counts.';
comment on column analysis.ibl_trial_set.trials_start_time is 'Start of the first trial [s, session clock].';
comment on column analysis.ibl_trial_set.trials_end_time is 'End of the last trial [s, session clock].';
comment on column analysis.ibl_trial_set.source is 'Source of the session; simulated when it is made up.';
comment on column analysis.ibl_trial_set.is_excluded is 'Whether the session or its subject was taken out of analyses by hand.';

create or replace view analysis.ibl_trial as
select
    session_key.subject_id as subject_uuid,
    session_key.session_start_time,
    session_key.session_id as session_uuid,
    trial.trial as trial_id,
    trial.start_s::double precision as trial_start_time,
    trial.end_s::double precision as trial_end_time,
    trial.response_s::double precision as trial_response_time,
    case trial.choice when -1 then 'CCW' when 1 then 'CW' else 'No Go' end as trial_response_choice,
    trial.stim_on_s::double precision as trial_stim_on_time,
    case when trial.signed_contrast is not null then coalesce(trial.contrast_left, 0) end::double precision
        as trial_stim_contrast_left,
    case when trial.signed_contrast is not null then coalesce(trial.contrast_right, 0) end::double precision
        as trial_stim_contrast_right,
    trial.feedback_s::double precision as trial_feedback_time,
    trial.feedback_type as trial_feedback_type,
    trial.rep_num as trial_rep_num,
    trial.go_cue_s::double precision as trial_go_cue_time,
    trial.go_cue_trigger_s::double precision as trial_go_cue_trigger_time,
    trial.probability_left::double precision as trial_stim_prob_left,
    trial.reward_volume_ul::double precision as trial_reward_volume,
    trial.iti_s::double precision as trial_iti_duration,
    trial.is_included as trial_included,
    session_key.source,
    session_key.is_excluded
from task.choice_trial as trial
join core.session_key on session_key.session_id = trial.session_id;
comment on view analysis.ibl_trial is 'behavior.TrialSet.Trial of the tutorial. One row per trial.';
comment on column analysis.ibl_trial.subject_uuid is 'Key of the subject.';
comment on column analysis.ibl_trial.session_start_time is 'Start at the rig, see analysis.ibl_session.';
comment on column analysis.ibl_trial.session_uuid is 'Key of the session.';
comment on column analysis.ibl_trial.trial_id is 'Number of the trial within its session, from 1.';
comment on column analysis.ibl_trial.trial_start_time is 'Start of the trial [s, session clock].';
comment on column analysis.ibl_trial.trial_end_time is 'End of the trial [s, session clock].';
comment on column analysis.ibl_trial.trial_response_time is 'Response [s, session clock].';
comment on column analysis.ibl_trial.trial_response_choice is 'CCW reports right, CW reports left, No Go is no response.';
comment on column analysis.ibl_trial.trial_stim_on_time is 'Stimulus onset [s, session clock].';
comment on column analysis.ibl_trial.trial_stim_contrast_left is 'Contrast on the left, 0 to 1; 0 when the stimulus was on the right; null when no contrast is recorded.';
comment on column analysis.ibl_trial.trial_stim_contrast_right is 'Contrast on the right, 0 to 1; 0 when the stimulus was on the left; null when no contrast is recorded.';
comment on column analysis.ibl_trial.trial_feedback_time is 'Feedback [s, session clock].';
comment on column analysis.ibl_trial.trial_feedback_type is '1 reward, -1 error.';
comment on column analysis.ibl_trial.trial_rep_num is 'Repeats before this trial.';
comment on column analysis.ibl_trial.trial_go_cue_time is 'Go tone heard [s, session clock].';
comment on column analysis.ibl_trial.trial_go_cue_trigger_time is 'Go tone commanded [s, session clock].';
comment on column analysis.ibl_trial.trial_stim_prob_left is 'Probability of the left side, 0 to 1.';
comment on column analysis.ibl_trial.trial_reward_volume is 'Water given [uL].';
comment on column analysis.ibl_trial.trial_iti_duration is 'Inter-trial interval [s].';
comment on column analysis.ibl_trial.trial_included is 'Whether the source includes the trial in analyses.';
comment on column analysis.ibl_trial.source is 'Source of the session; simulated when it is made up.';
comment on column analysis.ibl_trial.is_excluded is 'Whether the session or its subject was taken out of analyses by hand.';

create or replace view analysis.ibl_psych_results as
select
    session_key.subject_id as subject_uuid,
    session_key.session_start_time,
    session_key.session_id as session_uuid,
    performance.performance::double precision as performance,
    performance.performance_easy::double precision as performance_easy,
    fit.threshold_percent::double precision as threshold,
    fit.bias_percent::double precision as bias,
    fit.lapse_low::double precision as lapse_low,
    fit.lapse_high::double precision as lapse_high,
    fit.fit_quality,
    session_key.source,
    session_key.is_excluded
from task.session_performance as performance
join task.psychometric_fit as fit
    on fit.session_id = performance.session_id
    and fit.params_id = 'status'
join core.session_key on session_key.session_id = performance.session_id;
comment on view analysis.ibl_psych_results is
    'behavior_analyses.PsychResults of the tutorial; its arrays are rows of task.psychometric_point. One row per session.';
comment on column analysis.ibl_psych_results.subject_uuid is 'Key of the subject.';
comment on column analysis.ibl_psych_results.session_start_time is 'Start at the rig, see analysis.ibl_session.';
comment on column analysis.ibl_psych_results.session_uuid is 'Key of the session.';
comment on column analysis.ibl_psych_results.performance is
    'Share of the trials with a contrast reported on the side of a contrast above 0, 0 to 1: no-go and zero contrast lower it.';
comment on column analysis.ibl_psych_results.performance_easy is
    'Share of the trials with 50 % contrast or more reported on the right side, no-go as error, 0 to 1.';
comment on column analysis.ibl_psych_results.threshold is 'Threshold [% contrast].';
comment on column analysis.ibl_psych_results.bias is 'Bias [% contrast].';
comment on column analysis.ibl_psych_results.lapse_low is 'Lapse rate at the left end, 0 to 1.';
comment on column analysis.ibl_psych_results.lapse_high is 'Lapse rate at the right end, 0 to 1.';
comment on column analysis.ibl_psych_results.fit_quality is
    'Whether the four parameters mean something: good, at_bound, too_few_levels or flat; see task.psychometric_fit.';
comment on column analysis.ibl_psych_results.source is 'Source of the session; simulated when it is made up.';
comment on column analysis.ibl_psych_results.is_excluded is 'Whether the session or its subject was taken out of analyses by hand.';

create or replace view analysis.ibl_reaction_time as
select
    session_key.subject_id as subject_uuid,
    session_key.session_start_time,
    session_key.session_id as session_uuid,
    array(
        select
            percentile_cont(0.5) within group (
                order by trial.response_s - coalesce(trial.stim_on_s, trial.go_cue_trigger_s)
            )
        from task.choice_trial as trial
        where trial.session_id = reaction_time.session_id
            and trial.signed_contrast is not null
        group by trial.signed_contrast
        having count(trial.response_s - coalesce(trial.stim_on_s, trial.go_cue_trigger_s)) > 0
        order by trial.signed_contrast
    ) as reaction_time,
    array(
        select trial.signed_contrast::double precision
        from task.choice_trial as trial
        where trial.session_id = reaction_time.session_id
            and trial.signed_contrast is not null
        group by trial.signed_contrast
        having count(trial.response_s - coalesce(trial.stim_on_s, trial.go_cue_trigger_s)) > 0
        order by trial.signed_contrast
    ) as reaction_time_contrasts,
    session_key.source,
    session_key.is_excluded
from task.reaction_time
join core.session_key on session_key.session_id = reaction_time.session_id
where reaction_time.params_id = 'default';
comment on view analysis.ibl_reaction_time is
    'behavior_analyses.ReactionTime of the tutorial; by block and with intervals they are rows of task.reaction_time_contrast. One row per session.';
comment on column analysis.ibl_reaction_time.subject_uuid is 'Key of the subject.';
comment on column analysis.ibl_reaction_time.session_start_time is 'Start at the rig, see analysis.ibl_session.';
comment on column analysis.ibl_reaction_time.session_uuid is 'Key of the session.';
comment on column analysis.ibl_reaction_time.reaction_time is
    'Median per signed contrast of response minus stimulus onset, or minus the go cue''s trigger where the onset is missing [s]; no-go trials '
    'count. In the order of reaction_time_contrasts.';
comment on column analysis.ibl_reaction_time.reaction_time_contrasts is
    'The signed contrasts, ascending, -1 to 1. (The reference stores the medians in the opposite order.)';
comment on column analysis.ibl_reaction_time.source is 'Source of the session; simulated when it is made up.';
comment on column analysis.ibl_reaction_time.is_excluded is 'Whether the session or its subject was taken out of analyses by hand.';

create or replace view analysis.ibl_psych_results_block as
select
    session_key.subject_id as subject_uuid,
    session_key.session_start_time,
    session_key.session_id as session_uuid,
    block.block as prob_left_block,
    block.prob_left::double precision as prob_left,
    block.threshold_percent::double precision as threshold,
    block.bias_percent::double precision as bias,
    block.lapse_low::double precision as lapse_low,
    block.lapse_high::double precision as lapse_high,
    block.fit_quality as block_fit_quality,
    session_key.source,
    session_key.is_excluded
from task.psychometric_block as block
join core.session_key on session_key.session_id = block.session_id
where block.params_id = 'status';
comment on view analysis.ibl_psych_results_block is
    'behavior_analyses.PsychResultsBlock of the tutorial. One row per session and block.';
comment on column analysis.ibl_psych_results_block.subject_uuid is 'Key of the subject.';
comment on column analysis.ibl_psych_results_block.session_start_time is 'Start at the rig, see analysis.ibl_session.';
comment on column analysis.ibl_psych_results_block.session_uuid is 'Key of the session.';
comment on column analysis.ibl_psych_results_block.prob_left_block is 'Probability of the left side [%]; 50 for all trials of a training session.';
comment on column analysis.ibl_psych_results_block.prob_left is 'Probability of the left side, 0 to 1.';
comment on column analysis.ibl_psych_results_block.threshold is 'Threshold [% contrast].';
comment on column analysis.ibl_psych_results_block.bias is 'Bias [% contrast].';
comment on column analysis.ibl_psych_results_block.lapse_low is 'Lapse rate at the left end, 0 to 1.';
comment on column analysis.ibl_psych_results_block.lapse_high is 'Lapse rate at the right end, 0 to 1.';
comment on column analysis.ibl_psych_results_block.block_fit_quality is 'Whether the four parameters mean something, see task.psychometric_block.';
comment on column analysis.ibl_psych_results_block.source is 'Source of the session; simulated when it is made up.';
comment on column analysis.ibl_psych_results_block.is_excluded is 'Whether the session or its subject was taken out of analyses by hand.';

create or replace view analysis.ibl_psych_contrast as
with point as (
    select
        session_id,
        signed_contrast::double precision as signed_contrast,
        count(*)::integer as n_trials_stim,
        (count(*) filter (where choice = -1))::integer as n_trials_stim_right,
        percentile_cont(0.5) within group (order by response_s - coalesce(stim_on_s, go_cue_trigger_s)) as reaction_time_stim
    from task.choice_trial
    where signed_contrast is not null
    group by session_id, signed_contrast
)
select
    session_key.subject_id as subject_uuid,
    session_key.session_start_time,
    session_key.session_id as session_uuid,
    point.signed_contrast,
    point.n_trials_stim,
    point.n_trials_stim_right,
    point.n_trials_stim_right::double precision / point.n_trials_stim as prob_choose_right,
    point.reaction_time_stim,
    session_key.source,
    session_key.is_excluded
from point
join core.session_key on session_key.session_id = point.session_id;
comment on view analysis.ibl_psych_contrast is
    'The arrays of behavior_analyses.PsychResults and ReactionTime of the tutorial as rows: counts and median reaction time by contrast, '
    'over all trials of the session. One row per session and signed contrast.';
comment on column analysis.ibl_psych_contrast.subject_uuid is 'Key of the subject.';
comment on column analysis.ibl_psych_contrast.session_start_time is 'Start at the rig, see analysis.ibl_session.';
comment on column analysis.ibl_psych_contrast.session_uuid is 'Key of the session.';
comment on column analysis.ibl_psych_contrast.signed_contrast is 'Contrast right minus left, -1 to 1.';
comment on column analysis.ibl_psych_contrast.n_trials_stim is 'Trials with this contrast, no-go trials included.';
comment on column analysis.ibl_psych_contrast.n_trials_stim_right is 'Trials with this contrast reported right (CCW).';
comment on column analysis.ibl_psych_contrast.prob_choose_right is
    'n_trials_stim_right / n_trials_stim, 0 to 1: a no-go trial counts as one that did not go right.';
comment on column analysis.ibl_psych_contrast.reaction_time_stim is
    'Median of response minus stimulus onset, or minus the go cue''s trigger where the onset is missing [s]; no-go trials count. Null '
    'when no trial has both times. (The reference stores the medians in the opposite order of contrasts.)';
comment on column analysis.ibl_psych_contrast.source is 'Source of the session; simulated when it is made up.';
comment on column analysis.ibl_psych_contrast.is_excluded is 'Whether the session or its subject was taken out of analyses by hand.';

create or replace view analysis.ibl_psych_contrast_block as
select
    session_key.subject_id as subject_uuid,
    session_key.session_start_time,
    session_key.session_id as session_uuid,
    point.block as prob_left_block,
    point.signed_contrast::double precision as signed_contrast,
    point.n_trials as n_trials_stim,
    point.n_rightward as n_trials_stim_right,
    point.n_rightward::double precision / nullif(point.n_trials, 0) as prob_choose_right,
    reaction_time.median_s::double precision as reaction_time_stim,
    reaction_time.low_s::double precision as reaction_time_ci_low,
    reaction_time.high_s::double precision as reaction_time_ci_high,
    session_key.source,
    session_key.is_excluded
from task.psychometric_point as point
join core.session_key on session_key.session_id = point.session_id
left join task.reaction_time_contrast as reaction_time
    on reaction_time.session_id = point.session_id
    and reaction_time.params_id = 'default'
    and reaction_time.block = point.block
    and abs(reaction_time.signed_contrast - point.signed_contrast) < 1e-9
where point.params_id = 'status';
comment on view analysis.ibl_psych_contrast_block is
    'The arrays of behavior_analyses.PsychResultsBlock and ReactionTimeContrastBlock of the tutorial as rows. One row per session, block '
    'and signed contrast. Trials of the block alone: what analysis.ibl_psych_contrast calls alike is over all trials of the session.';
comment on column analysis.ibl_psych_contrast_block.subject_uuid is 'Key of the subject.';
comment on column analysis.ibl_psych_contrast_block.session_start_time is 'Start at the rig, see analysis.ibl_session.';
comment on column analysis.ibl_psych_contrast_block.session_uuid is 'Key of the session.';
comment on column analysis.ibl_psych_contrast_block.prob_left_block is
    'Probability of the left side [%]; 50 for all trials of a training session.';
comment on column analysis.ibl_psych_contrast_block.signed_contrast is 'Contrast right minus left, -1 to 1.';
comment on column analysis.ibl_psych_contrast_block.n_trials_stim is 'Trials of the block with this contrast, no-go trials included.';
comment on column analysis.ibl_psych_contrast_block.n_trials_stim_right is 'Trials of the block with this contrast reported right (CCW).';
comment on column analysis.ibl_psych_contrast_block.prob_choose_right is
    'n_trials_stim_right / n_trials_stim, 0 to 1: a no-go trial counts as one that did not go right.';
comment on column analysis.ibl_psych_contrast_block.reaction_time_stim is
    'Median of response minus stimulus onset, or minus the go cue''s trigger where the onset is missing, over these trials [s].';
comment on column analysis.ibl_psych_contrast_block.reaction_time_ci_low is
    'Lower end of the bootstrap interval of that median, 68 % [s]; null with one trial.';
comment on column analysis.ibl_psych_contrast_block.reaction_time_ci_high is 'Upper end of the interval [s]; null with one trial.';
comment on column analysis.ibl_psych_contrast_block.source is 'Source of the session; simulated when it is made up.';
comment on column analysis.ibl_psych_contrast_block.is_excluded is 'Whether the session or its subject was taken out of analyses by hand.';

create or replace view analysis.ibl_session_training_status as
select
    session_key.subject_id as subject_uuid,
    session_key.session_start_time,
    session_key.session_id as session_uuid,
    replace(training_status.status, ' ', '_') as training_status,
    training_status.n_days as training_status_n_days,
    coalesce(
        performance.n_trials > 400 and performance.performance_easy > 0.9
            and record.task_protocol like '%ephys%', false
    )::integer as good_enough_for_brainwide_map,
    session_key.source,
    session_key.is_excluded
from task.training_status
join core.session_key on session_key.session_id = training_status.session_id
join core.session as record on record.session_id = training_status.session_id
left join task.session_performance as performance on performance.session_id = training_status.session_id
where training_status.criteria_set = 'warehouse';
comment on view analysis.ibl_session_training_status is
    'behavior_analyses.SessionTrainingStatus of the tutorial, by the rules of its database (criteria set warehouse). One row per session '
    'that shows contrasts.';
comment on column analysis.ibl_session_training_status.subject_uuid is 'Key of the subject.';
comment on column analysis.ibl_session_training_status.session_start_time is 'Start at the rig, see analysis.ibl_session.';
comment on column analysis.ibl_session_training_status.session_uuid is 'Key of the session.';
comment on column analysis.ibl_session_training_status.training_status is 'Status with underscores, as the tutorial writes it (trained_1a).';
comment on column analysis.ibl_session_training_status.training_status_n_days is 'Dates that were judged for it.';
comment on column analysis.ibl_session_training_status.good_enough_for_brainwide_map is
    '1 for ephys sessions of more than 400 trials with performance_easy above 0.9, else 0.';
comment on column analysis.ibl_session_training_status.source is 'Source of the session; simulated when it is made up.';
comment on column analysis.ibl_session_training_status.is_excluded is 'Whether the session or its subject was taken out of analyses by hand.';

create or replace view analysis.ibl_behavioral_summary_by_date as
with day as (
    select
        session_key.subject_id,
        session.session_date,
        session_key.source,
        session_key.is_excluded,
        bool_and(session_key.is_excluded) over (partition by session_key.subject_id, session.session_date) as is_day_excluded
    from core.session_key
    join core.session on session.session_id = session_key.session_id
    join task.choice_session on choice_session.session_id = session_key.session_id
),
pooled as (
    select
        subject_id,
        session_date,
        string_agg(distinct source, ', ' order by source) as source,
        bool_and(is_day_excluded) as is_excluded
    from day
    where is_day_excluded or not is_excluded
    group by subject_id, session_date
)
select
    summary.subject_id as subject_uuid,
    summary.date as session_date,
    summary.performance::double precision as performance,
    summary.performance_easy::double precision as performance_easy,
    summary.n_trials_stored as n_trials_date,
    training_day.training_day,
    training_day.training_day / 5 as training_week,
    summary.median_reaction_time_s::double precision as median_reaction_time,
    pooled.source,
    pooled.is_excluded
from task.daily_summary as summary
join pooled on pooled.subject_id = summary.subject_id and pooled.session_date = summary.date
join analysis.training_day on training_day.subject_id = summary.subject_id and training_day.session_date = summary.date;
comment on view analysis.ibl_behavioral_summary_by_date is
    'behavior_analyses.BehavioralSummaryByDate of the tutorial, with its part ReactionTimeByDate. One row per subject and date; sessions '
    'that were taken out of analyses are pooled only where the date has no others.';
comment on column analysis.ibl_behavioral_summary_by_date.subject_uuid is 'Key of the subject.';
comment on column analysis.ibl_behavioral_summary_by_date.session_date is 'The date.';
comment on column analysis.ibl_behavioral_summary_by_date.performance is
    'Share of the trials with a contrast reported on the side of a contrast above 0, 0 to 1: no-go and zero contrast lower it.';
comment on column analysis.ibl_behavioral_summary_by_date.performance_easy is
    'Share of the trials with 50 % contrast or more reported on the right side, no-go as error, 0 to 1.';
comment on column analysis.ibl_behavioral_summary_by_date.n_trials_date is
    'Trials of the date that are stored: fewer than the sources count where end, choice or probability is missing.';
comment on column analysis.ibl_behavioral_summary_by_date.training_day is 'Training day, from 1.';
comment on column analysis.ibl_behavioral_summary_by_date.training_week is 'Training day divided by 5, cut to whole weeks.';
comment on column analysis.ibl_behavioral_summary_by_date.median_reaction_time is
    'Median over the date''s trials of response minus stimulus onset, or minus the go cue''s trigger where the onset is missing [s]; null '
    'when no trial has both times.';
comment on column analysis.ibl_behavioral_summary_by_date.source is 'Sources of the date''s sessions; simulated when they are made up.';
comment on column analysis.ibl_behavioral_summary_by_date.is_excluded is
    'Whether all sessions of the date, or the subject, were taken out of analyses by hand.';

create or replace function analysis.ibl_date_block(block integer, prob_left double precision) returns integer
    language sql immutable strict parallel safe
as $$
    select case block when 50 then 0 when 20 then 1 when 80 then 2 else 1000 + 10 * round(10 * prob_left)::integer end
$$;
comment on function analysis.ibl_date_block(integer, double precision) is
    'The number that the tutorial''s daily tables give a block: 0 for 0.5, 1 for 0.2, 2 for 0.8; others, for which the reference fails, '
    '1000 and the probability in percent, rounded to tens.';

create or replace view analysis.ibl_behavioral_summary_by_date_psych_results as
select
    psychometric.subject_id as subject_uuid,
    psychometric.date as session_date,
    analysis.ibl_date_block(psychometric.block, psychometric.prob_left) as prob_left_block,
    psychometric.prob_left::double precision as prob_left,
    psychometric.threshold_percent::double precision as threshold,
    psychometric.bias_percent::double precision as bias,
    psychometric.lapse_low::double precision as lapse_low,
    psychometric.lapse_high::double precision as lapse_high,
    psychometric.fit_quality as block_fit_quality,
    summary.source,
    summary.is_excluded
from task.daily_psychometric as psychometric
join analysis.ibl_behavioral_summary_by_date as summary
    on summary.subject_uuid = psychometric.subject_id
    and summary.session_date = psychometric.date;
comment on view analysis.ibl_behavioral_summary_by_date_psych_results is
    'behavior_analyses.BehavioralSummaryByDate.PsychResults of the tutorial; its arrays are rows of '
    'analysis.ibl_behavioral_summary_by_date_contrast. One row per subject, date and block.';
comment on column analysis.ibl_behavioral_summary_by_date_psych_results.subject_uuid is 'Key of the subject.';
comment on column analysis.ibl_behavioral_summary_by_date_psych_results.session_date is 'The date.';
comment on column analysis.ibl_behavioral_summary_by_date_psych_results.prob_left_block is
    'The block as the tutorial counts it by date: 0 for 0.5, 1 for 0.2, 2 for 0.8; not the percent of analysis.ibl_psych_results_block.';
comment on column analysis.ibl_behavioral_summary_by_date_psych_results.prob_left is 'Probability of the left side, 0 to 1.';
comment on column analysis.ibl_behavioral_summary_by_date_psych_results.threshold is 'Threshold [% contrast].';
comment on column analysis.ibl_behavioral_summary_by_date_psych_results.bias is 'Bias [% contrast].';
comment on column analysis.ibl_behavioral_summary_by_date_psych_results.lapse_low is 'Lapse rate at the left end, 0 to 1.';
comment on column analysis.ibl_behavioral_summary_by_date_psych_results.lapse_high is 'Lapse rate at the right end, 0 to 1.';
comment on column analysis.ibl_behavioral_summary_by_date_psych_results.block_fit_quality is
    'Whether the four parameters mean something, see task.daily_psychometric.';
comment on column analysis.ibl_behavioral_summary_by_date_psych_results.source is
    'Sources of the date''s sessions; simulated when they are made up.';
comment on column analysis.ibl_behavioral_summary_by_date_psych_results.is_excluded is
    'Whether all sessions of the date, or the subject, were taken out of analyses by hand.';

create or replace view analysis.ibl_behavioral_summary_by_date_contrast as
select
    point.subject_id as subject_uuid,
    point.date as session_date,
    analysis.ibl_date_block(point.block, psychometric.prob_left) as prob_left_block,
    point.signed_contrast::double precision as signed_contrast,
    point.n_trials as n_trials_stim,
    point.n_rightward as n_trials_stim_right,
    point.n_rightward::double precision / nullif(point.n_trials, 0) as prob_choose_right,
    point.median_reaction_time_s::double precision as reaction_time_stim,
    summary.source,
    summary.is_excluded
from task.daily_point as point
join task.daily_psychometric as psychometric using (subject_id, date, block)
join analysis.ibl_behavioral_summary_by_date as summary
    on summary.subject_uuid = point.subject_id
    and summary.session_date = point.date;
comment on view analysis.ibl_behavioral_summary_by_date_contrast is
    'The arrays of behavior_analyses.BehavioralSummaryByDate.PsychResults and ReactionTimeContrast of the tutorial as rows. One row per '
    'subject, date, block and signed contrast.';
comment on column analysis.ibl_behavioral_summary_by_date_contrast.subject_uuid is 'Key of the subject.';
comment on column analysis.ibl_behavioral_summary_by_date_contrast.session_date is 'The date.';
comment on column analysis.ibl_behavioral_summary_by_date_contrast.prob_left_block is
    'The block as the tutorial counts it by date: 0 for 0.5, 1 for 0.2, 2 for 0.8; not the percent of analysis.ibl_psych_results_block.';
comment on column analysis.ibl_behavioral_summary_by_date_contrast.signed_contrast is 'Contrast right minus left, -1 to 1.';
comment on column analysis.ibl_behavioral_summary_by_date_contrast.n_trials_stim is
    'Trials of the block with this contrast, no-go trials included.';
comment on column analysis.ibl_behavioral_summary_by_date_contrast.n_trials_stim_right is
    'Trials of the block with this contrast reported right (CCW).';
comment on column analysis.ibl_behavioral_summary_by_date_contrast.prob_choose_right is
    'n_trials_stim_right / n_trials_stim, 0 to 1: a no-go trial counts as one that did not go right.';
comment on column analysis.ibl_behavioral_summary_by_date_contrast.reaction_time_stim is
    'Median of response minus stimulus onset, or minus the go cue''s trigger where the onset is missing, over these trials [s].';
comment on column analysis.ibl_behavioral_summary_by_date_contrast.source is
    'Sources of the date''s sessions; simulated when they are made up.';
comment on column analysis.ibl_behavioral_summary_by_date_contrast.is_excluded is
    'Whether all sessions of the date, or the subject, were taken out of analyses by hand.';
