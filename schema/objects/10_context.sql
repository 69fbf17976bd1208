-- What is known of a subject and of a session by name: for analysts, and for restrictions such as
-- `populate --where "lab_name = 'cortexlab'"`. Every view for people takes these facts from here: each has one definition.

create or replace view core.excluded_session as
select session.session_id
from core.exclusion
join core.session using (subject_id)
where exclusion.lifted_at is null
union
select exclusion.session_id
from core.exclusion
where exclusion.lifted_at is null
    and exclusion.session_id is not null
    and exclusion.fiber_idx is null;
comment on view core.excluded_session is
    'Sessions that were taken out of analyses by hand (trialbase exclude), themselves or with their subject. One row per session. '
    'Recordings that were taken out alone are not here. The views for people tell it as is_excluded.';
comment on column core.excluded_session.session_id is 'The session.';

create or replace view core.subject_context as
select
    subject.subject_id,
    subject.lab_name,
    subject.nickname as subject_nickname,
    subject.sex,
    subject.birth_date,
    subject.death_date,
    subject.species_name,
    subject.strain_name,
    subject.line_name,
    subject.responsible_user,
    lab.institution_short,
    coalesce(lab.time_zone, 'UTC') as time_zone,
    (
        select string_agg(subject_project.project_name, ', ' order by subject_project.project_name)
        from core.subject_project
        where subject_project.subject_id = subject.subject_id
    ) as project_names,
    (
        select string_agg(distinct session.source, ', ' order by session.source)
        from core.session
        where session.subject_id = subject.subject_id
    ) as source,
    exists (
        select from core.exclusion
        where exclusion.subject_id = subject.subject_id
            and exclusion.lifted_at is null
    ) as is_excluded
from core.subject
join core.lab using (lab_name);
comment on view core.subject_context is 'Subjects with the names that people filter by. One row per subject.';
comment on column core.subject_context.subject_id is 'The subject''s key.';
comment on column core.subject_context.lab_name is 'Lab that keeps the subject.';
comment on column core.subject_context.subject_nickname is 'Name of the subject within its lab.';
comment on column core.subject_context.sex is 'M male, F female, U not known.';
comment on column core.subject_context.birth_date is 'Day of birth.';
comment on column core.subject_context.death_date is 'Day of death; null while the subject lives.';
comment on column core.subject_context.species_name is 'Species.';
comment on column core.subject_context.strain_name is 'Genetic background.';
comment on column core.subject_context.line_name is 'Breeding line.';
comment on column core.subject_context.responsible_user is 'Person responsible at present.';
comment on column core.subject_context.institution_short is 'Short name of the lab''s institution.';
comment on column core.subject_context.time_zone is 'Time zone of the lab''s rigs; UTC when not recorded.';
comment on column core.subject_context.project_names is 'Projects of the subject, separated by commas.';
comment on column core.subject_context.source is
    'Sources of the subject''s sessions, separated by commas; simulated when it is made up; null without sessions.';
comment on column core.subject_context.is_excluded is 'Whether the subject was taken out of analyses by hand (trialbase exclude).';

create or replace view core.session_context as
select
    session.session_id,
    session.subject_id,
    session.lab_name,
    subject.nickname as subject_nickname,
    subject.sex,
    subject.birth_date,
    session.session_date,
    session.session_number,
    session.start_time,
    session.start_time at time zone coalesce(lab.time_zone, 'UTC') as start_local,
    session.end_time,
    coalesce(
        extract(epoch from session.end_time - session.start_time)::double precision,
        (choice_session.trials_end_s - choice_session.trials_start_s)::double precision,
        (change_session.trials_end_s - change_session.trials_start_s)::double precision
    ) as duration_s,
    session.session_date - subject.birth_date as age_days,
    coalesce(session.task_protocol, performance.inferred_protocol) as task_protocol,
    session.is_protocol_inferred
        or (session.task_protocol is null and performance.inferred_protocol is not null)
        as is_protocol_inferred,
    case
        -- Stages of the Allen Institute: their words (OPHYS_0_images_A_habituation) mean something else.
        when change_session.session_id is not null or session.task_protocol ~ '^(TRAINING|OPHYS)_[0-9]' then 'change detection'
        when session.task_protocol like '%habituation%' then 'habituation'
        when session.task_protocol like '%training%' then 'training'
        when session.task_protocol like '%biased%' then 'biased'
        when session.task_protocol like '%ephys%' then 'ephys'
        else performance.inferred_protocol
    end as task,
    session.rig,
    session.start_delay_s::double precision as start_delay_s,
    session.source,
    lab.institution_short,
    (
        select string_agg(session_project.project_name, ', ' order by session_project.project_name)
        from core.session_project
        where session_project.session_id = session.session_id
    ) as project_names,
    (
        select string_agg(session_member.user_name, ', ' order by session_member.user_name)
        from core.session_member
        where session_member.session_id = session.session_id
    ) as user_names,
    session.start_time is not null as is_start_time_known,
    (session.end_time - session.start_time) is null
        and coalesce(
            choice_session.trials_end_s - choice_session.trials_start_s,
            change_session.trials_end_s - change_session.trials_start_s
        ) is not null
        as is_duration_from_trials,
    exists (
        select from core.excluded_session where excluded_session.session_id = session.session_id
    ) as is_excluded
from core.session
join core.subject using (subject_id)
join core.lab on lab.lab_name = session.lab_name
left join task.choice_session on choice_session.session_id = session.session_id
left join task.change_session on change_session.session_id = session.session_id
left join task.session_performance as performance on performance.session_id = session.session_id;
comment on view core.session_context is 'Sessions with the names that people filter by. One row per session.';
comment on column core.session_context.session_id is 'The session''s key.';
comment on column core.session_context.subject_id is 'The subject''s key.';
comment on column core.session_context.lab_name is 'Lab where the session was run.';
comment on column core.session_context.subject_nickname is 'Name of the subject within its lab.';
comment on column core.session_context.sex is 'Sex of the subject: M, F or U.';
comment on column core.session_context.birth_date is 'Day of birth of the subject.';
comment on column core.session_context.session_date is 'Calendar date at the rig.';
comment on column core.session_context.session_number is 'Number of the session within its subject and date.';
comment on column core.session_context.start_time is 'Start; null when only the date is known.';
comment on column core.session_context.start_local is 'Start as the rig''s clock showed it, without zone.';
comment on column core.session_context.end_time is 'End; null when not recorded.';
comment on column core.session_context.duration_s is
    'End minus start [s]; where either is not recorded, from the start of the first trial to the end of the last (is_duration_from_trials).';
comment on column core.session_context.age_days is 'Age of the subject on the session''s date [days].';
comment on column core.session_context.task_protocol is
    'Name and version of the task as recorded; where it was not recorded, training or biased as the trials'' probabilities tell, '
    'once task.session_performance is computed.';
comment on column core.session_context.is_protocol_inferred is 'True when task_protocol was inferred from the trials.';
comment on column core.session_context.task is
    'habituation, training, biased or ephys, by the first of these words in the protocol; where it names none, training or biased '
    'as the trials tell; change detection for sessions of that task, whatever their stage; null when none is known.';
comment on column core.session_context.rig is 'Board or rig that ran the task.';
comment on column core.session_context.start_delay_s is 'Delay before the first trial was allowed [s].';
comment on column core.session_context.source is
    'Source system that the session''s key comes from: ibl, allen, ...; simulated when it is made up.';
comment on column core.session_context.institution_short is 'Short name of the lab''s institution.';
comment on column core.session_context.project_names is 'Projects of the session, separated by commas.';
comment on column core.session_context.user_names is 'People who ran the session, separated by commas.';
comment on column core.session_context.is_start_time_known is
    'Whether the time of day of the start is known; else start_time and start_local are null, and only session_date is known.';
comment on column core.session_context.is_duration_from_trials is 'Whether duration_s is the span of the trials.';
comment on column core.session_context.is_excluded is
    'Whether the session, or its subject, was taken out of analyses by hand (trialbase exclude).';

create or replace view task.trial as
with trial as (
    select
        session_id,
        trial,
        'choice'::text as paradigm,
        start_s::double precision as start_s,
        end_s::double precision as end_s,
        stim_on_s::double precision as stim_on_s,
        response_s::double precision as response_s,
        feedback_s::double precision as feedback_s,
        choice <> 0 as is_response,
        feedback_type > 0 as is_rewarded,
        reward_volume_ul::double precision as reward_volume_ul
    from task.choice_trial
    union all
    select
        session_id,
        trial,
        'change',
        start_s::double precision,
        end_s::double precision,
        change_s::double precision,
        response_s::double precision,
        reward_s::double precision,
        is_hit or is_false_alarm,
        reward_volume_ml > 0,
        (1000 * reward_volume_ml)::double precision
    from task.change_trial
)
select
    trial.session_id,
    trial.trial,
    trial.paradigm,
    trial.start_s,
    trial.end_s,
    trial.stim_on_s,
    trial.response_s,
    trial.feedback_s,
    trial.is_response,
    trial.is_rewarded,
    trial.reward_volume_ul,
    session.lab_name,
    session.subject_nickname,
    session.session_date,
    session.source,
    session.is_excluded
from trial
join core.session_context as session using (session_id);
comment on view task.trial is 'What the trials of all paradigms share. One row per trial.';
comment on column task.trial.session_id is 'The session.';
comment on column task.trial.trial is 'Number of the trial within its session, from 1.';
comment on column task.trial.paradigm is 'Kind of task, which tells the table with the rest: choice is task.choice_trial, change is task.change_trial.';
comment on column task.trial.start_s is 'Start of the trial [s, session clock].';
comment on column task.trial.end_s is 'End of the trial [s, session clock].';
comment on column task.trial.stim_on_s is 'Stimulus onset, or the change of the image [s, session clock].';
comment on column task.trial.response_s is
    'Response, or end of the response window [s, session clock]; in change detection the first lick, null without one.';
comment on column task.trial.feedback_s is 'Reward or error signal [s, session clock].';
comment on column task.trial.is_response is 'Whether the subject responded in time: chose, or licked in the window of a go or catch trial.';
comment on column task.trial.is_rewarded is 'Whether the trial was rewarded; null when not recorded.';
comment on column task.trial.reward_volume_ul is 'Water given [uL].';
comment on column task.trial.lab_name is 'Lab where the session was run.';
comment on column task.trial.subject_nickname is 'Name of the subject within its lab.';
comment on column task.trial.session_date is 'Calendar date at the rig.';
comment on column task.trial.source is 'Source of the session; simulated when it is made up.';
comment on column task.trial.is_excluded is 'Whether the session or its subject was taken out of analyses by hand.';
