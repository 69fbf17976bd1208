-- The tables and columns of the tutorial under the names that it uses, so that its queries translate word by word:
--   TrialSet * PsychResults & 'n_trials > 400'
--   select * from analysis.ibl_trial_set natural join analysis.ibl_psych_results where n_trials > 400
-- Columns of equal name join, as in DataJoint. The reference keys a session by subject and start time; here
-- session_uuid stands beside them, so that sessions with the same start stay apart.
-- Times of day are the rig's, without zone. Source: spec/ibl_behavior.md, 1 and 9.

create or replace view analysis.ibl_lab as
select
    lab_name,
    lab_id as lab_uuid,
    institution,
    institution_short,
    address,
    time_zone,
    reference_weight_fraction as reference_weight_pct,
    zscore_weight_fraction as zscore_weight_pct
from core.lab;
comment on view analysis.ibl_lab is 'reference.Lab of the tutorial. One row per lab.';
comment on column analysis.ibl_lab.lab_name is 'Name of the lab.';
comment on column analysis.ibl_lab.lab_uuid is 'UUID of the lab.';
comment on column analysis.ibl_lab.institution is 'Institution.';
comment on column analysis.ibl_lab.institution_short is 'Short name of the institution.';
comment on column analysis.ibl_lab.address is 'Postal address.';
comment on column analysis.ibl_lab.time_zone is 'IANA name of the time zone.';
comment on column analysis.ibl_lab.reference_weight_pct is 'Weight of the reference weighing, 0 to 1.';
comment on column analysis.ibl_lab.zscore_weight_pct is 'Weight of the z-score, 0 to 1.';

create or replace view analysis.ibl_subject as
select
    subject_id as subject_uuid,
    nickname as subject_nickname,
    sex,
    birth_date as subject_birth_date,
    ear_mark,
    line_name as subject_line,
    source_name as subject_source,
    strain_name as subject_strain,
    protocol_number,
    description as subject_description
from core.subject;
comment on view analysis.ibl_subject is 'subject.Subject of the tutorial. One row per subject.';
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

create or replace view analysis.ibl_subject_lab as
select
    subject_id as subject_uuid,
    lab_name
from core.subject;
comment on view analysis.ibl_subject_lab is 'subject.SubjectLab of the tutorial. One row per subject.';
comment on column analysis.ibl_subject_lab.subject_uuid is 'Key of the subject.';
comment on column analysis.ibl_subject_lab.lab_name is 'Lab that keeps the subject.';

create or replace view analysis.ibl_subject_project as
select
    subject_id as subject_uuid,
    project_name as subject_project
from core.subject_project;
comment on view analysis.ibl_subject_project is 'subject.SubjectProject of the tutorial. One row per subject and project.';
comment on column analysis.ibl_subject_project.subject_uuid is 'Key of the subject.';
comment on column analysis.ibl_subject_project.subject_project is 'Project.';

create or replace view analysis.ibl_death as
select
    subject_id as subject_uuid,
    death_date
from core.subject
where death_date is not null;
comment on view analysis.ibl_death is 'subject.Death of the tutorial. One row per dead subject.';
comment on column analysis.ibl_death.subject_uuid is 'Key of the subject.';
comment on column analysis.ibl_death.death_date is 'Day of death.';

create or replace view analysis.ibl_session as
select
    session.subject_id as subject_uuid,
    coalesce(
        session.start_time at time zone coalesce(lab.time_zone, 'UTC'), session.session_date::timestamp
    ) as session_start_time,
    session.session_id as session_uuid,
    session.session_number,
    session.end_time at time zone coalesce(lab.time_zone, 'UTC') as session_end_time,
    session.lab_name as session_lab,
    session.place_name as session_location,
    session.task_protocol,
    session.session_type,
    session.narrative as session_narrative
from core.session
join core.lab using (lab_name);
comment on view analysis.ibl_session is 'acquisition.Session of the tutorial. One row per session.';
comment on column analysis.ibl_session.subject_uuid is 'Key of the subject.';
comment on column analysis.ibl_session.session_start_time is 'Start at the rig; midnight of its date where only that is known.';
comment on column analysis.ibl_session.session_uuid is 'Key of the session.';
comment on column analysis.ibl_session.session_number is 'Number of the session within its date.';
comment on column analysis.ibl_session.session_end_time is 'End at the rig.';
comment on column analysis.ibl_session.session_lab is 'Lab where the session was run.';
comment on column analysis.ibl_session.session_location is 'Room or rig.';
comment on column analysis.ibl_session.task_protocol is 'Name and version of the task.';
comment on column analysis.ibl_session.session_type is 'Kind of session.';
comment on column analysis.ibl_session.session_narrative is 'What the experimenter wrote.';

create or replace view analysis.ibl_session_user as
select
    session.subject_uuid,
    session.session_start_time,
    session.session_uuid,
    session_member.user_name
from core.session_member
join analysis.ibl_session as session on session.session_uuid = session_member.session_id;
comment on view analysis.ibl_session_user is 'acquisition.SessionUser of the tutorial. One row per session and person.';
comment on column analysis.ibl_session_user.subject_uuid is 'Key of the subject.';
comment on column analysis.ibl_session_user.session_start_time is 'Start at the rig.';
comment on column analysis.ibl_session_user.session_uuid is 'Key of the session.';
comment on column analysis.ibl_session_user.user_name is 'The person.';

create or replace view analysis.ibl_trial_set as
select
    session.subject_uuid,
    session.session_start_time,
    session.session_uuid,
    choice_session.n_trials,
    choice_session.n_correct as n_correct_trials,
    choice_session.trials_start_s as trials_start_time,
    choice_session.trials_end_s as trials_end_time
from task.choice_session
join analysis.ibl_session as session on session.session_uuid = choice_session.session_id;
comment on view analysis.ibl_trial_set is 'behavior.TrialSet of the tutorial. One row per session with trials.';
comment on column analysis.ibl_trial_set.subject_uuid is 'Key of the subject.';
comment on column analysis.ibl_trial_set.session_start_time is 'Start at the rig.';
comment on column analysis.ibl_trial_set.session_uuid is 'Key of the session.';
comment on column analysis.ibl_trial_set.n_trials is 'Number of trials.';
comment on column analysis.ibl_trial_set.n_correct_trials is 'Number of correct trials; zero contrast never counts.';
comment on column analysis.ibl_trial_set.trials_start_time is 'Start of the first trial [s, session clock].';
comment on column analysis.ibl_trial_set.trials_end_time is 'End of the last trial [s, session clock].';

create or replace view analysis.ibl_trial as
select
    session.subject_uuid,
    session.session_start_time,
    session.session_uuid,
    trial.trial as trial_id,
    trial.start_s as trial_start_time,
    trial.end_s as trial_end_time,
    trial.response_s as trial_response_time,
    case trial.choice when -1 then 'CCW' when 1 then 'CW' else 'No Go' end as trial_response_choice,
    trial.stim_on_s as trial_stim_on_time,
    coalesce(trial.contrast_left, 0) as trial_stim_contrast_left,
    coalesce(trial.contrast_right, 0) as trial_stim_contrast_right,
    trial.feedback_s as trial_feedback_time,
    trial.feedback_type as trial_feedback_type,
    trial.rep_num as trial_rep_num,
    trial.go_cue_s as trial_go_cue_time,
    trial.go_cue_trigger_s as trial_go_cue_trigger_time,
    trial.probability_left as trial_stim_prob_left,
    trial.reward_volume_ul as trial_reward_volume,
    trial.iti_s as trial_iti_duration,
    trial.is_included as trial_included
from task.choice_trial as trial
join analysis.ibl_session as session on session.session_uuid = trial.session_id;
comment on view analysis.ibl_trial is 'behavior.TrialSet.Trial of the tutorial. One row per trial.';
comment on column analysis.ibl_trial.subject_uuid is 'Key of the subject.';
comment on column analysis.ibl_trial.session_start_time is 'Start at the rig.';
comment on column analysis.ibl_trial.session_uuid is 'Key of the session.';
comment on column analysis.ibl_trial.trial_id is 'Number of the trial within its session, from 1.';
comment on column analysis.ibl_trial.trial_start_time is 'Start of the trial [s, session clock].';
comment on column analysis.ibl_trial.trial_end_time is 'End of the trial [s, session clock].';
comment on column analysis.ibl_trial.trial_response_time is 'Response [s, session clock].';
comment on column analysis.ibl_trial.trial_response_choice is 'CCW reports right, CW reports left, No Go is no response.';
comment on column analysis.ibl_trial.trial_stim_on_time is 'Stimulus onset [s, session clock].';
comment on column analysis.ibl_trial.trial_stim_contrast_left is 'Contrast on the left, 0 to 1; 0 when the stimulus was on the right.';
comment on column analysis.ibl_trial.trial_stim_contrast_right is 'Contrast on the right, 0 to 1; 0 when the stimulus was on the left.';
comment on column analysis.ibl_trial.trial_feedback_time is 'Feedback [s, session clock].';
comment on column analysis.ibl_trial.trial_feedback_type is '1 reward, -1 error.';
comment on column analysis.ibl_trial.trial_rep_num is 'Repeats before this trial.';
comment on column analysis.ibl_trial.trial_go_cue_time is 'Go tone heard [s, session clock].';
comment on column analysis.ibl_trial.trial_go_cue_trigger_time is 'Go tone commanded [s, session clock].';
comment on column analysis.ibl_trial.trial_stim_prob_left is 'Probability of the left side, 0 to 1.';
comment on column analysis.ibl_trial.trial_reward_volume is 'Water given [uL].';
comment on column analysis.ibl_trial.trial_iti_duration is 'Inter-trial interval [s].';
comment on column analysis.ibl_trial.trial_included is 'Whether the source includes the trial in analyses.';

create or replace view analysis.ibl_psych_results as
select
    session.subject_uuid,
    session.session_start_time,
    session.session_uuid,
    performance.performance,
    performance.performance_easy,
    fit.threshold_percent as threshold,
    fit.bias_percent as bias,
    fit.lapse_low,
    fit.lapse_high
from task.session_performance as performance
join task.psychometric_fit as fit
    on fit.session_id = performance.session_id
    and fit.params_id = 'status'
join analysis.ibl_session as session on session.session_uuid = performance.session_id;
comment on view analysis.ibl_psych_results is
    'behavior_analyses.PsychResults of the tutorial; its arrays are rows of task.psychometric_point. One row per session.';
comment on column analysis.ibl_psych_results.subject_uuid is 'Key of the subject.';
comment on column analysis.ibl_psych_results.session_start_time is 'Start at the rig.';
comment on column analysis.ibl_psych_results.session_uuid is 'Key of the session.';
comment on column analysis.ibl_psych_results.performance is 'Share correct of all trials, 0 to 1.';
comment on column analysis.ibl_psych_results.performance_easy is 'Share correct at 50 % contrast or more, 0 to 1.';
comment on column analysis.ibl_psych_results.threshold is 'Threshold [% contrast].';
comment on column analysis.ibl_psych_results.bias is 'Bias [% contrast].';
comment on column analysis.ibl_psych_results.lapse_low is 'Lapse rate at the left end, 0 to 1.';
comment on column analysis.ibl_psych_results.lapse_high is 'Lapse rate at the right end, 0 to 1.';

create or replace view analysis.ibl_psych_results_block as
select
    session.subject_uuid,
    session.session_start_time,
    session.session_uuid,
    block.block as prob_left_block,
    block.prob_left,
    block.threshold_percent as threshold,
    block.bias_percent as bias,
    block.lapse_low,
    block.lapse_high
from task.psychometric_block as block
join analysis.ibl_session as session on session.session_uuid = block.session_id
where block.params_id = 'status';
comment on view analysis.ibl_psych_results_block is
    'behavior_analyses.PsychResultsBlock of the tutorial. One row per session and block.';
comment on column analysis.ibl_psych_results_block.subject_uuid is 'Key of the subject.';
comment on column analysis.ibl_psych_results_block.session_start_time is 'Start at the rig.';
comment on column analysis.ibl_psych_results_block.session_uuid is 'Key of the session.';
comment on column analysis.ibl_psych_results_block.prob_left_block is 'Probability of the left side [%]; 50 for all trials of a training session.';
comment on column analysis.ibl_psych_results_block.prob_left is 'Probability of the left side, 0 to 1.';
comment on column analysis.ibl_psych_results_block.threshold is 'Threshold [% contrast].';
comment on column analysis.ibl_psych_results_block.bias is 'Bias [% contrast].';
comment on column analysis.ibl_psych_results_block.lapse_low is 'Lapse rate at the left end, 0 to 1.';
comment on column analysis.ibl_psych_results_block.lapse_high is 'Lapse rate at the right end, 0 to 1.';

create or replace view analysis.ibl_session_training_status as
select
    session.subject_uuid,
    session.session_start_time,
    session.session_uuid,
    replace(training_status.status, ' ', '_') as training_status
from task.training_status
join analysis.ibl_session as session on session.session_uuid = training_status.session_id
where training_status.criteria_set = 'brainbox';
comment on view analysis.ibl_session_training_status is
    'behavior_analyses.SessionTrainingStatus of the tutorial, by the criteria of brainbox. One row per session.';
comment on column analysis.ibl_session_training_status.subject_uuid is 'Key of the subject.';
comment on column analysis.ibl_session_training_status.session_start_time is 'Start at the rig.';
comment on column analysis.ibl_session_training_status.session_uuid is 'Key of the session.';
comment on column analysis.ibl_session_training_status.training_status is 'Status with underscores, as the tutorial writes it (trained_1a).';

create or replace view analysis.ibl_behavioral_summary_by_date as
select
    subject_id as subject_uuid,
    session_date,
    performance,
    performance_easy,
    n_trials as n_trials_date,
    training_day,
    training_day / 5 as training_week
from analysis.learning_curve;
comment on view analysis.ibl_behavioral_summary_by_date is
    'behavior_analyses.BehavioralSummaryByDate of the tutorial, without its parts. One row per subject and date.';
comment on column analysis.ibl_behavioral_summary_by_date.subject_uuid is 'Key of the subject.';
comment on column analysis.ibl_behavioral_summary_by_date.session_date is 'The date.';
comment on column analysis.ibl_behavioral_summary_by_date.performance is 'Share correct of all trials, 0 to 1.';
comment on column analysis.ibl_behavioral_summary_by_date.performance_easy is 'Share correct at 50 % contrast or more, 0 to 1.';
comment on column analysis.ibl_behavioral_summary_by_date.n_trials_date is 'Trials of the date, as the sources count them.';
comment on column analysis.ibl_behavioral_summary_by_date.training_day is 'Training day, from 1.';
comment on column analysis.ibl_behavioral_summary_by_date.training_week is 'Training day divided by 5, cut to whole weeks.';
