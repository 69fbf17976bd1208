-- Change detection for analysts: sessions, trials and presentations with names; cells found again on several days; and the published
-- tables under the names that users of the Allen Institute's Python package know. What tables and files tell, and what is derived:
-- task.change_session_fact. Source: spec/change_detection.md, 3 to 6 and 12.

create or replace view analysis.change_session as
select
    session.session_id,
    session.subject_id,
    session.lab_name,
    session.subject_nickname,
    session.session_date,
    session.sex,
    session.start_time,
    session.start_local,
    fact.behavior_session_id,
    fact.ophys_session_id,
    fact.session_type,
    fact.stage_number,
    fact.image_set,
    fact.experience_level,
    fact.project_code,
    fact.full_genotype,
    fact.cre_line,
    fact.reporter_line,
    fact.indicator,
    fact.age_in_days,
    fact.prior_exposures_to_session_type,
    fact.prior_exposures_to_image_set,
    fact.prior_exposures_to_omissions,
    session.rig,
    coalesce(change_session.is_passive, fact.behavior_type = 'passive_viewing') as is_passive,
    fact.has_trials,
    change_session.n_trials,
    change_session.response_window_start_s::double precision as response_window_start_s,
    change_session.response_window_end_s::double precision as response_window_end_s,
    change_session.omitted_flash_fraction::double precision as omitted_flash_fraction,
    change_session.origin as trials_origin,
    session.source,
    session.is_excluded,
    fact.derived_columns
from task.change_session_fact as fact
join core.session_context as session using (session_id)
left join task.change_session using (session_id)
where fact.is_listed or fact.has_trials;
comment on view analysis.change_session is
    'Sessions of change detection, whether their trials are loaded or they are known from the project''s tables only. One row per '
    'session.';
comment on column analysis.change_session.session_id is 'The session.';
comment on column analysis.change_session.subject_id is 'The subject.';
comment on column analysis.change_session.lab_name is 'Lab where the session was run.';
comment on column analysis.change_session.subject_nickname is 'Name of the subject within its lab: the mouse''s number.';
comment on column analysis.change_session.session_date is 'Calendar date at the rig.';
comment on column analysis.change_session.sex is 'Sex of the subject: M, F or U.';
comment on column analysis.change_session.start_time is 'Start.';
comment on column analysis.change_session.start_local is 'Start as the rig''s clock showed it, without zone.';
comment on column analysis.change_session.behavior_session_id is
    'Number of the session at the Allen Institute; null when neither its tables nor the session''s file tell it.';
comment on column analysis.change_session.ophys_session_id is 'Number of its imaging session; null without imaging.';
comment on column analysis.change_session.session_type is
    'Stage of training or imaging (OPHYS_1_images_A): as the file with its trials tells it, else the table.';
comment on column analysis.change_session.stage_number is
    'Number after OPHYS_ in the session type, 0 to 6; null in training. The published table calls it session_number.';
comment on column analysis.change_session.image_set is 'Images shown (images_A, gratings): as the file tells, else the table, else the stage.';
comment on column analysis.change_session.experience_level is
    'Training, Familiar, Novel 1 or Novel >1: as published, or derived (derived_columns) from the stage and earlier sessions.';
comment on column analysis.change_session.project_code is 'Project that the session was recorded for.';
comment on column analysis.change_session.full_genotype is 'Genotype with all its alleles.';
comment on column analysis.change_session.cre_line is 'Cre line.';
comment on column analysis.change_session.reporter_line is 'Reporter line.';
comment on column analysis.change_session.indicator is 'Calcium indicator.';
comment on column analysis.change_session.age_in_days is 'Age at the session [days]: as published, as the file tells, or from the day of birth.';
comment on column analysis.change_session.prior_exposures_to_session_type is
    'Earlier sessions of the mouse with this type: as published, counted over all of its sessions, or (derived_columns) counted over '
    'those that are here.';
comment on column analysis.change_session.prior_exposures_to_image_set is
    'Earlier sessions of the mouse with this image set, likewise.';
comment on column analysis.change_session.prior_exposures_to_omissions is
    'Earlier sessions of the mouse with omitted flashes, likewise.';
comment on column analysis.change_session.rig is 'Rig that ran the task.';
comment on column analysis.change_session.is_passive is
    'Whether the stimuli were replayed without a spout: as the trials tell (no lick, no reward), else the table or the stage.';
comment on column analysis.change_session.has_trials is 'Whether the trials are loaded.';
comment on column analysis.change_session.n_trials is 'Number of trials; null when they are not loaded.';
comment on column analysis.change_session.response_window_start_s is 'Start of the response window after the change [s].';
comment on column analysis.change_session.response_window_end_s is 'End of the response window after the change [s].';
comment on column analysis.change_session.omitted_flash_fraction is 'Probability that a flash is left out, 0 to 1.';
comment on column analysis.change_session.trials_origin is
    'What the trials were read from: nwb, raw_log or table; null when they are not loaded.';
comment on column analysis.change_session.source is 'Source of the session; simulated when it is made up.';
comment on column analysis.change_session.is_excluded is 'Whether the session or its subject was taken out of analyses by hand.';
comment on column analysis.change_session.derived_columns is
    'Columns here that neither the tables nor the file tell: derived from the others and from the mouse''s earlier sessions that are here.';

create or replace view analysis.change_trial as
select
    trial.session_id,
    trial.trial,
    session.lab_name,
    session.subject_nickname,
    session.session_date,
    session.subject_id,
    change_session.session_type,
    change_session.is_passive,
    case
        when trial.is_aborted then 'aborted'
        when trial.is_auto_rewarded then 'auto-rewarded'
        when trial.is_hit then 'hit'
        when trial.is_miss then 'miss'
        when trial.is_false_alarm then 'false alarm'
        else 'correct reject'
    end as outcome,
    trial.start_s::double precision as start_s,
    trial.end_s::double precision as end_s,
    trial.initial_image_name,
    trial.change_image_name,
    trial.change_s::double precision as change_s,
    trial.change_frame,
    trial.is_change,
    trial.is_go,
    trial.is_catch,
    trial.is_auto_rewarded,
    trial.is_aborted,
    trial.is_hit,
    trial.is_miss,
    trial.is_false_alarm,
    trial.is_correct_reject,
    trial.n_licks,
    trial.response_s::double precision as response_s,
    trial.response_latency_s::double precision as response_latency_s,
    trial.reward_s::double precision as reward_s,
    trial.reward_volume_ml::double precision as reward_volume_ml,
    session.source,
    session.is_excluded
from task.change_trial as trial
join task.change_session using (session_id)
join core.session_context as session using (session_id);
comment on view analysis.change_trial is 'Trials of change detection with names. One row per trial.';
comment on column analysis.change_trial.session_id is 'The session.';
comment on column analysis.change_trial.trial is 'Number of the trial within its session, from 1.';
comment on column analysis.change_trial.lab_name is 'Lab where the session was run.';
comment on column analysis.change_trial.subject_nickname is 'Name of the subject within its lab: the mouse''s number.';
comment on column analysis.change_trial.session_date is 'Calendar date at the rig.';
comment on column analysis.change_trial.subject_id is 'The subject.';
comment on column analysis.change_trial.session_type is 'Stage of training or imaging (OPHYS_1_images_A).';
comment on column analysis.change_trial.is_passive is 'Whether the session is a replay without licks and rewards.';
comment on column analysis.change_trial.outcome is 'hit, miss, false alarm, correct reject, auto-rewarded or aborted.';
comment on column analysis.change_trial.start_s is 'Start of the trial [s, session clock].';
comment on column analysis.change_trial.end_s is 'End of the trial [s, session clock].';
comment on column analysis.change_trial.initial_image_name is 'Image before the change.';
comment on column analysis.change_trial.change_image_name is 'Image after it; the initial one when nothing changed.';
comment on column analysis.change_trial.change_s is
    'When the image changed, or would have in a catch trial [s, session clock]; null in aborted trials.';
comment on column analysis.change_trial.change_frame is 'Stimulus frame of the change, as in the source.';
comment on column analysis.change_trial.is_change is 'Whether the image changed.';
comment on column analysis.change_trial.is_go is 'Whether the image changes and water depends on the lick.';
comment on column analysis.change_trial.is_catch is 'Whether a change was drawn but the image stayed.';
comment on column analysis.change_trial.is_auto_rewarded is 'Whether water came by itself.';
comment on column analysis.change_trial.is_aborted is 'Whether the mouse licked before the change and the trial ended.';
comment on column analysis.change_trial.is_hit is 'Go trial with a lick in the window.';
comment on column analysis.change_trial.is_miss is 'Go trial without one.';
comment on column analysis.change_trial.is_false_alarm is 'Catch trial with a lick in the window.';
comment on column analysis.change_trial.is_correct_reject is 'Catch trial without one.';
comment on column analysis.change_trial.n_licks is 'Licks of the trial.';
comment on column analysis.change_trial.response_s is 'First lick of the trial [s, session clock]; null for none.';
comment on column analysis.change_trial.response_latency_s is
    'First lick minus change [s]; null without a lick and in aborted trials. Below 0.15 s it is no response.';
comment on column analysis.change_trial.reward_s is 'Reward [s, session clock].';
comment on column analysis.change_trial.reward_volume_ml is 'Water given [mL].';
comment on column analysis.change_trial.source is 'Source of the session; simulated when it is made up.';
comment on column analysis.change_trial.is_excluded is 'Whether the session or its subject was taken out of analyses by hand.';

create or replace view analysis.stimulus_presentation as
with change_seen as (
    select
        presentation.*,
        coalesce(
            is_omitted = false
                and lag(presentation) over drawn is not null
                and image_name is distinct from lag(image_name) over drawn,
            false
        ) as is_change_read
    from task.stimulus_presentation as presentation
    window drawn as (partition by session_id, is_omitted is not distinct from false order by presentation)
),
run as (
    select
        *,
        count(*) filter (where is_change_read) over (partition by session_id order by presentation) as run_no
    from change_seen
)
select
    run.session_id,
    run.presentation,
    session.lab_name,
    session.subject_nickname,
    session.session_date,
    run.stimulus_block,
    run.stimulus_block_name,
    run.stimulus_name,
    run.image_index,
    run.image_name,
    run.start_s::double precision as start_s,
    run.end_s::double precision as end_s,
    run.start_frame,
    run.end_frame,
    run.is_omitted,
    run.is_change,
    run.is_sham_change,
    run.is_image_novel,
    run.is_active,
    run.flashes_since_change,
    run.is_change_read,
    (
        count(*) filter (where run.is_omitted is not true) over since_change
        - (first_value(run.is_omitted is not true) over since_change)::integer
    )::integer as flashes_since_change_read,
    run.trial,
    run.movie_frame_index,
    run.movie_repeat,
    session.source,
    session.is_excluded
from run
join core.session_context as session using (session_id)
window since_change as (partition by run.session_id, run.run_no order by run.presentation);
comment on view analysis.stimulus_presentation is
    'Stimulus presentations with names, and what a reader of the file makes of them beside the file''s own values. One row per '
    'presentation.';
comment on column analysis.stimulus_presentation.session_id is 'The session.';
comment on column analysis.stimulus_presentation.presentation is 'Number of the presentation within its session, from 1.';
comment on column analysis.stimulus_presentation.lab_name is 'Lab where the session was run.';
comment on column analysis.stimulus_presentation.subject_nickname is 'Name of the subject within its lab: the mouse''s number.';
comment on column analysis.stimulus_presentation.session_date is 'Calendar date at the rig.';
comment on column analysis.stimulus_presentation.stimulus_block is 'Number of the block of stimuli, from 0.';
comment on column analysis.stimulus_presentation.stimulus_block_name is 'Name of the block.';
comment on column analysis.stimulus_presentation.stimulus_name is 'Name of the stimulus.';
comment on column analysis.stimulus_presentation.image_index is 'Number of the image in its template, from 0; null for what is no image.';
comment on column analysis.stimulus_presentation.image_name is 'Image (im065, omitted); null for grey and movies.';
comment on column analysis.stimulus_presentation.start_s is 'Start [s, session clock].';
comment on column analysis.stimulus_presentation.end_s is 'End [s, session clock].';
comment on column analysis.stimulus_presentation.start_frame is 'First stimulus frame, as in the file.';
comment on column analysis.stimulus_presentation.end_frame is 'First stimulus frame after it, as in the file.';
comment on column analysis.stimulus_presentation.is_omitted is 'Whether the flash was left out; null for what is no flash.';
comment on column analysis.stimulus_presentation.is_change is 'Whether the image changed here, as in the file.';
comment on column analysis.stimulus_presentation.is_sham_change is 'Whether it is the moment of a catch trial.';
comment on column analysis.stimulus_presentation.is_image_novel is 'Whether the mouse sees the image in its first session with it.';
comment on column analysis.stimulus_presentation.is_active is 'Whether it belongs to a block in which the mouse did the task.';
comment on column analysis.stimulus_presentation.flashes_since_change is 'Flashes since the last change, as in the file.';
comment on column analysis.stimulus_presentation.is_change_read is
    'Whether the image differs from that of the flash before, omitted flashes left out: what readers of the file make of it.';
comment on column analysis.stimulus_presentation.flashes_since_change_read is
    'Flashes since the last change, what readers of the file make of it: a grey period before the first flash counts, so that this '
    'is 1 where the file has 0.';
comment on column analysis.stimulus_presentation.trial is 'Trial that it fell into, from 1; null for none.';
comment on column analysis.stimulus_presentation.movie_frame_index is 'Frame of the movie, from 0.';
comment on column analysis.stimulus_presentation.movie_repeat is 'Repeat of the movie, from 0.';
comment on column analysis.stimulus_presentation.source is 'Source of the session; simulated when it is made up.';
comment on column analysis.stimulus_presentation.is_excluded is 'Whether the session or its subject was taken out of analyses by hand.';

create or replace view analysis.experiment as
with known as (
    select session_id, ophys_experiment_id
    from imaging.experiment
    union
    select plane.session_id, plane.plane
    from imaging.plane
    join task.change_session using (session_id)
)
select
    known.session_id,
    known.ophys_experiment_id,
    session.subject_id,
    session.lab_name,
    session.subject_nickname,
    session.session_date,
    fact.behavior_session_id,
    coalesce(listed.ophys_session_id, plane.ophys_session_id, fact.ophys_session_id) as ophys_session_id,
    coalesce(listed.ophys_container_id, plane.ophys_container_id) as ophys_container_id,
    fact.session_type,
    nullif(substr(fact.session_type, 16, 1), '') as image_set,
    fact.experience_level,
    coalesce(change_session.is_passive, fact.behavior_type = 'passive_viewing') as is_passive,
    fact.cre_line,
    fact.full_genotype,
    coalesce(listed.targeted_structure, plane.targeted_structure) as targeted_structure,
    coalesce(listed.imaging_depth_um, plane.imaging_depth_um)::double precision as imaging_depth_um,
    coalesce(listed.targeted_imaging_depth_um, plane.targeted_imaging_depth_um)::double precision as targeted_imaging_depth_um,
    coalesce(listed.imaging_plane_group, plane.imaging_plane_group) as imaging_plane_group,
    fact.project_code,
    (
        select count(*)
        from imaging.listed_cell
        where listed_cell.session_id = known.session_id
            and listed_cell.ophys_experiment_id = known.ophys_experiment_id
    )::integer as n_listed_cells,
    plane.session_id is not null as has_plane,
    plane.n_rois,
    session.source,
    session.is_excluded
from known
join core.session_context as session using (session_id)
join task.change_session_fact as fact using (session_id)
left join task.change_session using (session_id)
left join imaging.experiment as listed
    on listed.session_id = known.session_id
    and listed.ophys_experiment_id = known.ophys_experiment_id
left join imaging.plane
    on plane.session_id = known.session_id
    and plane.plane = known.ophys_experiment_id;
comment on view analysis.experiment is
    'Imaging planes of single sessions of change detection, as the Allen Institute''s table lists them or as their files tell, with '
    'names, and whether they are loaded. One row per experiment.';
comment on column analysis.experiment.session_id is 'The session.';
comment on column analysis.experiment.ophys_experiment_id is 'Number of the experiment at the Allen Institute.';
comment on column analysis.experiment.subject_id is 'The subject.';
comment on column analysis.experiment.lab_name is 'Lab where the session was run.';
comment on column analysis.experiment.subject_nickname is 'Name of the subject within its lab: the mouse''s number.';
comment on column analysis.experiment.session_date is 'Calendar date at the rig.';
comment on column analysis.experiment.behavior_session_id is 'Number of the behaviour session.';
comment on column analysis.experiment.ophys_session_id is 'Number of the imaging session.';
comment on column analysis.experiment.ophys_container_id is 'Container: the same plane over days.';
comment on column analysis.experiment.session_type is 'Stage of imaging (OPHYS_1_images_A).';
comment on column analysis.experiment.image_set is 'Letter of the images shown.';
comment on column analysis.experiment.experience_level is 'Familiar, Novel 1 or Novel >1, as published.';
comment on column analysis.experiment.is_passive is 'Whether the stimuli were replayed without a spout.';
comment on column analysis.experiment.cre_line is 'Cre line.';
comment on column analysis.experiment.full_genotype is 'Genotype with all its alleles.';
comment on column analysis.experiment.targeted_structure is 'Area imaged (VISp).';
comment on column analysis.experiment.imaging_depth_um is 'Depth of the plane [um].';
comment on column analysis.experiment.targeted_imaging_depth_um is 'Depth aimed at [um].';
comment on column analysis.experiment.imaging_plane_group is 'Group of planes imaged at the same time; null for a single plane.';
comment on column analysis.experiment.project_code is 'Project that the session was recorded for.';
comment on column analysis.experiment.n_listed_cells is 'ROIs that the table of cells lists.';
comment on column analysis.experiment.has_plane is 'Whether the plane''s file is loaded.';
comment on column analysis.experiment.n_rois is 'ROIs of the loaded plane, invalid ones included; null when it is not loaded.';
comment on column analysis.experiment.source is 'Source of the session; simulated when it is made up.';
comment on column analysis.experiment.is_excluded is 'Whether the session or its subject was taken out of analyses by hand.';

create or replace view analysis.tracked_cell as
with cell as (
    select tracking_id, session_id, plane, roi, cell_roi_id, is_valid
    from imaging.roi
    where tracking_id is not null
    union all
    select cell_specimen_id, session_id, ophys_experiment_id, null, cell_roi_id, null
    from imaging.listed_cell
    where cell_specimen_id is not null
        and session_id is not null
        and not exists (
            select from imaging.plane
            where plane.session_id = listed_cell.session_id
                and plane.plane = listed_cell.ophys_experiment_id
        )
)
select
    cell.tracking_id,
    cell.session_id,
    cell.plane,
    session.subject_id,
    session.lab_name,
    session.subject_nickname,
    session.session_date,
    cell.roi,
    cell.cell_roi_id,
    cell.is_valid,
    session.source,
    session.is_excluded
from cell
join core.session_context as session using (session_id);
comment on view analysis.tracked_cell is
    'Cells with the sessions and planes in which they were found, as loaded planes or the table of cells tell. One row per cell, '
    'session and plane.';
comment on column analysis.tracked_cell.tracking_id is
    'Number of the cell, the same in all sessions in which it was found again (cell_specimen_id).';
comment on column analysis.tracked_cell.session_id is 'The session.';
comment on column analysis.tracked_cell.plane is 'The plane (ophys_experiment_id).';
comment on column analysis.tracked_cell.subject_id is 'The subject.';
comment on column analysis.tracked_cell.lab_name is 'Lab where the session was run.';
comment on column analysis.tracked_cell.subject_nickname is 'Name of the subject within its lab: the mouse''s number.';
comment on column analysis.tracked_cell.session_date is 'Calendar date at the rig.';
comment on column analysis.tracked_cell.roi is 'Number of the ROI within the loaded plane, from 1; null when the plane is not loaded.';
comment on column analysis.tracked_cell.cell_roi_id is 'Number of the ROI at its source.';
comment on column analysis.tracked_cell.is_valid is 'Whether the source counts it as a cell; null when not told.';
comment on column analysis.tracked_cell.source is 'Source of the session; simulated when it is made up.';
comment on column analysis.tracked_cell.is_excluded is 'Whether the session or its subject was taken out of analyses by hand.';

create or replace view analysis.allen_trial as
select
    trial.session_id,
    fact.behavior_session_id,
    trial.trial - 1 as trials_id,
    session.lab_name,
    session.subject_nickname,
    session.session_date,
    trial.start_s::double precision as start_time,
    trial.end_s::double precision as stop_time,
    trial.initial_image_name,
    trial.change_image_name,
    trial.is_change,
    trial.change_s::double precision as change_time,
    trial.is_go as go,
    trial.is_catch as catch,
    array(
        select lick.time_s::double precision
        from task.change_trial_lick as lick
        where lick.session_id = trial.session_id and lick.trial = trial.trial
        order by lick.lick
    ) as lick_times,
    trial.response_s::double precision as response_time,
    case
        when not trial.is_aborted then coalesce(trial.response_latency_s::double precision, 'infinity')
    end as response_latency,
    trial.reward_s::double precision as reward_time,
    trial.reward_volume_ml::double precision as reward_volume,
    trial.is_hit as hit,
    trial.is_false_alarm as false_alarm,
    trial.is_miss as miss,
    trial.is_correct_reject as correct_reject,
    trial.is_aborted as aborted,
    trial.is_auto_rewarded as auto_rewarded,
    coalesce(trial.change_frame, -99) as change_frame,
    trial.trial_length_s::double precision as trial_length,
    session.source,
    session.is_excluded,
    trial.is_change as stimulus_change
from task.change_trial as trial
join core.session_context as session using (session_id)
join task.change_session_fact as fact using (session_id);
comment on view analysis.allen_trial is
    'The attribute trials of a session object of the Allen Institute''s package, under its names. One row per trial.';
comment on column analysis.allen_trial.session_id is 'The session.';
comment on column analysis.allen_trial.behavior_session_id is
    'Number of the session at the Allen Institute; null when it is in none of its tables.';
comment on column analysis.allen_trial.trials_id is 'Number of the trial, from 0.';
comment on column analysis.allen_trial.lab_name is 'Lab where the session was run.';
comment on column analysis.allen_trial.subject_nickname is 'Name of the subject within its lab: the mouse''s number.';
comment on column analysis.allen_trial.session_date is 'Calendar date at the rig.';
comment on column analysis.allen_trial.start_time is 'Start [s].';
comment on column analysis.allen_trial.stop_time is 'End [s].';
comment on column analysis.allen_trial.initial_image_name is 'Image before the change.';
comment on column analysis.allen_trial.change_image_name is 'Image after it.';
comment on column analysis.allen_trial.is_change is 'Whether the image changed; stimulus_change in older releases.';
comment on column analysis.allen_trial.change_time is 'The change, or where it would have been [s].';
comment on column analysis.allen_trial.go is 'Go trial.';
comment on column analysis.allen_trial.catch is 'Catch trial.';
comment on column analysis.allen_trial.lick_times is 'Licks of the trial [s].';
comment on column analysis.allen_trial.response_time is 'First lick [s].';
comment on column analysis.allen_trial.response_latency is 'First lick minus change [s]; infinity without a lick, null when aborted.';
comment on column analysis.allen_trial.reward_time is 'Reward [s].';
comment on column analysis.allen_trial.reward_volume is 'Water given [mL].';
comment on column analysis.allen_trial.hit is 'Hit.';
comment on column analysis.allen_trial.false_alarm is 'False alarm.';
comment on column analysis.allen_trial.miss is 'Miss.';
comment on column analysis.allen_trial.correct_reject is 'Correct reject.';
comment on column analysis.allen_trial.aborted is 'Aborted.';
comment on column analysis.allen_trial.auto_rewarded is 'Water came by itself.';
comment on column analysis.allen_trial.change_frame is 'Stimulus frame of the change; -99 for none.';
comment on column analysis.allen_trial.trial_length is 'Length [s].';
comment on column analysis.allen_trial.source is 'Source of the session; simulated when it is made up.';
comment on column analysis.allen_trial.is_excluded is 'Whether the session or its subject was taken out of analyses by hand.';
comment on column analysis.allen_trial.stimulus_change is 'Whether the image changed: is_change, as releases of 2021 call it.';

create or replace view analysis.allen_reward as
select
    reward.session_id,
    fact.behavior_session_id,
    reward.reward - 1 as reward_index,
    session.lab_name,
    session.subject_nickname,
    session.session_date,
    reward.volume_ml::double precision as volume,
    reward.time_s::double precision as timestamps,
    reward.is_auto_rewarded as auto_rewarded,
    reward.is_auto_rewarded as autorewarded,
    session.source,
    session.is_excluded
from task.reward
join core.session_context as session using (session_id)
join task.change_session_fact as fact using (session_id);
comment on view analysis.allen_reward is
    'Rewards (rewards of a session object of the Allen Institute''s package) under the names of its releases. One row per reward.';
comment on column analysis.allen_reward.session_id is 'The session.';
comment on column analysis.allen_reward.behavior_session_id is 'Number of the session at the Allen Institute; null when nothing tells it.';
comment on column analysis.allen_reward.reward_index is 'Row of the table, from 0.';
comment on column analysis.allen_reward.lab_name is 'Lab where the session was run.';
comment on column analysis.allen_reward.subject_nickname is 'Name of the subject within its lab: the mouse''s number.';
comment on column analysis.allen_reward.session_date is 'Calendar date at the rig.';
comment on column analysis.allen_reward.volume is 'Water given [mL].';
comment on column analysis.allen_reward.timestamps is 'Time of the reward [s].';
comment on column analysis.allen_reward.auto_rewarded is 'Whether it came by itself; null where the source does not tell.';
comment on column analysis.allen_reward.autorewarded is 'auto_rewarded, as releases of 2021 call it.';
comment on column analysis.allen_reward.source is 'Source of the session; simulated when it is made up.';
comment on column analysis.allen_reward.is_excluded is 'Whether the session or its subject was taken out of analyses by hand.';

create or replace view analysis.allen_stimulus_presentation as
select
    read.session_id,
    fact.behavior_session_id,
    read.presentation - 1 as stimulus_presentations_id,
    read.lab_name,
    read.subject_nickname,
    read.session_date,
    read.stimulus_block,
    read.stimulus_block_name,
    coalesce(read.image_index, -99) as image_index,
    read.image_name,
    presentation.image_set,
    case when presentation.extra ->> 'index' ~ '^-?[0-9]{1,9}$' then (presentation.extra ->> 'index')::integer end as index,
    coalesce(read.movie_frame_index, -99) as movie_frame_index,
    coalesce(presentation.duration_s::double precision, read.end_s - read.start_s) as duration,
    read.start_s as start_time,
    read.end_s as end_time,
    read.end_s as stop_time,
    read.start_frame,
    read.end_frame,
    read.is_change_read as is_change,
    read.is_image_novel,
    read.is_omitted as omitted,
    coalesce(read.movie_repeat, -99) as movie_repeat,
    read.flashes_since_change_read as flashes_since_change,
    coalesce(read.trial - 1, -99) as trials_id,
    read.is_active as active,
    read.is_sham_change,
    read.stimulus_name,
    read.source,
    read.is_excluded
from analysis.stimulus_presentation as read
join task.stimulus_presentation as presentation using (session_id, presentation)
join task.change_session_fact as fact using (session_id);
comment on view analysis.allen_stimulus_presentation is
    'Presentations as the Allen Institute''s package reads them (stimulus_presentations of a session object), under the names of its '
    'releases, and image_set, index and stop_time, which later releases drop or rename. One row per presentation.';
comment on column analysis.allen_stimulus_presentation.session_id is 'The session.';
comment on column analysis.allen_stimulus_presentation.behavior_session_id is
    'Number of the session at the Allen Institute; null when nothing tells it.';
comment on column analysis.allen_stimulus_presentation.stimulus_presentations_id is 'Number of the presentation, from 0.';
comment on column analysis.allen_stimulus_presentation.lab_name is 'Lab where the session was run.';
comment on column analysis.allen_stimulus_presentation.subject_nickname is 'Name of the subject within its lab: the mouse''s number.';
comment on column analysis.allen_stimulus_presentation.session_date is 'Calendar date at the rig.';
comment on column analysis.allen_stimulus_presentation.stimulus_block is 'Number of the block of stimuli, from 0.';
comment on column analysis.allen_stimulus_presentation.stimulus_block_name is 'Name of the block; releases of 2021 have none.';
comment on column analysis.allen_stimulus_presentation.image_index is 'Number of the image in its template; -99 for what is no image.';
comment on column analysis.allen_stimulus_presentation.image_name is 'Image (im065, omitted); null for grey and movies.';
comment on column analysis.allen_stimulus_presentation.image_set is
    'Set of images, as files of 2021 have it; null where the file has no such column.';
comment on column analysis.allen_stimulus_presentation.index is
    'Row in the table that the writer made, as files of 2021 have it; null where the file has no such column.';
comment on column analysis.allen_stimulus_presentation.movie_frame_index is 'Frame of the movie, from 0; -99 for what is no movie.';
comment on column analysis.allen_stimulus_presentation.duration is 'Duration [s].';
comment on column analysis.allen_stimulus_presentation.start_time is 'Start [s].';
comment on column analysis.allen_stimulus_presentation.end_time is 'End [s].';
comment on column analysis.allen_stimulus_presentation.stop_time is 'end_time, as releases of 2021 call it [s].';
comment on column analysis.allen_stimulus_presentation.start_frame is 'First stimulus frame, as in the file.';
comment on column analysis.allen_stimulus_presentation.end_frame is 'First stimulus frame after it, as in the file.';
comment on column analysis.allen_stimulus_presentation.is_change is 'Whether the image changed here, as the package reads the file.';
comment on column analysis.allen_stimulus_presentation.is_image_novel is 'Whether the mouse sees the image in its first session with it.';
comment on column analysis.allen_stimulus_presentation.omitted is 'Whether the flash was left out; null for what is no flash.';
comment on column analysis.allen_stimulus_presentation.movie_repeat is 'Repeat of the movie, from 0; -99 for what is no movie.';
comment on column analysis.allen_stimulus_presentation.flashes_since_change is 'Flashes since the last change, as the package counts.';
comment on column analysis.allen_stimulus_presentation.trials_id is 'Trial that it fell into, from 0; -99 for none.';
comment on column analysis.allen_stimulus_presentation.active is 'Whether it belongs to a block in which the mouse did the task.';
comment on column analysis.allen_stimulus_presentation.is_sham_change is 'Whether it is the moment of a catch trial.';
comment on column analysis.allen_stimulus_presentation.stimulus_name is 'Name of the stimulus.';
comment on column analysis.allen_stimulus_presentation.source is 'Source of the session; simulated when it is made up.';
comment on column analysis.allen_stimulus_presentation.is_excluded is 'Whether the session or its subject was taken out of analyses by hand.';

create or replace view analysis.allen_behavior_session as
select
    fact.behavior_session_id,
    fact.ophys_session_id,
    coalesce(listed.ophys_container_id, loaded.ophys_container_id) as ophys_container_id,
    coalesce(listed.mouse_id, session.subject_nickname) as mouse_id,
    fact.indicator,
    fact.full_genotype,
    fact.driver_line,
    fact.cre_line,
    fact.reporter_line,
    coalesce(listed.sex, nullif(session.sex, 'U')) as sex,
    fact.age_in_days,
    fact.project_code,
    fact.session_type,
    fact.stage_number as session_number,
    fact.image_set,
    fact.behavior_type,
    fact.experience_level,
    fact.prior_exposures_to_session_type,
    fact.prior_exposures_to_image_set,
    fact.prior_exposures_to_omissions,
    coalesce(listed.date_of_acquisition, session.start_time) as date_of_acquisition,
    coalesce(listed.equipment_name, session.rig) as equipment_name,
    coalesce(listed.imaging_plane_group_count, loaded.imaging_plane_group_count) as imaging_plane_group_count,
    case when fact.ophys_session_id is not null then fact.num_depths_per_area end as num_depths_per_area,
    case when fact.ophys_session_id is not null then fact.num_targeted_structures end as num_targeted_structures,
    coalesce(listed.ophys_experiment_id, loaded.ophys_experiment_id) as ophys_experiment_id,
    listed.file_id,
    coalesce(listed.file_path, change_session.behavior_file) as file_path,
    session.session_id,
    session.lab_name,
    session.subject_nickname,
    session.session_date,
    session.source,
    session.is_excluded,
    fact.derived_columns
from task.change_session_fact as fact
join core.session_context as session using (session_id)
left join task.behavior_session as listed using (session_id)
left join task.change_session using (session_id)
left join lateral (
    select
        array_agg(plane.plane order by plane.plane) as ophys_experiment_id,
        array_agg(distinct plane.ophys_container_id) filter (where plane.ophys_container_id is not null) as ophys_container_id,
        max(plane.imaging_plane_group_count) as imaging_plane_group_count
    from imaging.plane
    where plane.session_id = change_session.session_id
    having count(*) > 0
) as loaded on true
where fact.is_listed or fact.has_trials;
comment on view analysis.allen_behavior_session is
    'The table of behaviour sessions (get_behavior_session_table of the Allen Institute''s package), under its names: sessions that it '
    'lists, and those whose file alone is loaded. Where a session''s file tells another stage than the table, the file''s, and what '
    'follows from it. One row per session.';
comment on column analysis.allen_behavior_session.behavior_session_id is 'Number of the session.';
comment on column analysis.allen_behavior_session.ophys_session_id is 'Number of its imaging session.';
comment on column analysis.allen_behavior_session.ophys_container_id is 'Containers.';
comment on column analysis.allen_behavior_session.mouse_id is 'Mouse.';
comment on column analysis.allen_behavior_session.indicator is 'Calcium indicator.';
comment on column analysis.allen_behavior_session.full_genotype is 'Genotype.';
comment on column analysis.allen_behavior_session.driver_line is 'Driver lines.';
comment on column analysis.allen_behavior_session.cre_line is 'Cre line.';
comment on column analysis.allen_behavior_session.reporter_line is 'Reporter line.';
comment on column analysis.allen_behavior_session.sex is 'M or F.';
comment on column analysis.allen_behavior_session.age_in_days is 'Age [days].';
comment on column analysis.allen_behavior_session.project_code is 'Project.';
comment on column analysis.allen_behavior_session.session_type is 'Stage of training or imaging.';
comment on column analysis.allen_behavior_session.session_number is 'Number after OPHYS_ in session_type.';
comment on column analysis.allen_behavior_session.image_set is 'Images shown.';
comment on column analysis.allen_behavior_session.behavior_type is 'active_behavior or passive_viewing.';
comment on column analysis.allen_behavior_session.experience_level is 'Training, Familiar, Novel 1 or Novel >1.';
comment on column analysis.allen_behavior_session.prior_exposures_to_session_type is 'Earlier sessions of this type.';
comment on column analysis.allen_behavior_session.prior_exposures_to_image_set is 'Earlier sessions with this image set.';
comment on column analysis.allen_behavior_session.prior_exposures_to_omissions is 'Earlier sessions with omitted flashes.';
comment on column analysis.allen_behavior_session.date_of_acquisition is
    'Start; the published text, labelled UTC, is the laboratory''s clock.';
comment on column analysis.allen_behavior_session.equipment_name is 'Rig.';
comment on column analysis.allen_behavior_session.imaging_plane_group_count is 'Groups of planes.';
comment on column analysis.allen_behavior_session.num_depths_per_area is 'Depths in each area.';
comment on column analysis.allen_behavior_session.num_targeted_structures is 'Areas.';
comment on column analysis.allen_behavior_session.ophys_experiment_id is 'Experiments.';
comment on column analysis.allen_behavior_session.file_id is 'File in the manifest.';
comment on column analysis.allen_behavior_session.file_path is 'File name.';
comment on column analysis.allen_behavior_session.session_id is 'The session.';
comment on column analysis.allen_behavior_session.lab_name is 'Lab where the session was run.';
comment on column analysis.allen_behavior_session.subject_nickname is 'Name of the subject within its lab: the mouse''s number.';
comment on column analysis.allen_behavior_session.session_date is 'Calendar date at the rig.';
comment on column analysis.allen_behavior_session.source is 'Source of the session; simulated when it is made up.';
comment on column analysis.allen_behavior_session.is_excluded is 'Whether the session or its subject was taken out of analyses by hand.';
comment on column analysis.allen_behavior_session.derived_columns is
    'Columns here that neither table nor file tell: derived from the others and from the mouse''s earlier sessions that are here '
    '(stage_number: session_number).';

create or replace view analysis.allen_ophys_experiment as
select
    experiment.ophys_experiment_id,
    experiment.behavior_session_id,
    experiment.ophys_session_id,
    experiment.ophys_container_id,
    coalesce(listed.mouse_id, experiment.subject_nickname) as mouse_id,
    coalesce(listed.indicator, plane.indicator, fact.indicator) as indicator,
    fact.full_genotype,
    fact.driver_line,
    fact.cre_line,
    fact.reporter_line,
    coalesce(listed.sex, nullif(session.sex, 'U')) as sex,
    fact.age_in_days,
    experiment.imaging_depth_um as imaging_depth,
    experiment.targeted_structure,
    experiment.targeted_imaging_depth_um as targeted_imaging_depth,
    experiment.imaging_plane_group,
    fact.project_code,
    fact.session_type,
    fact.stage_number as session_number,
    experiment.image_set,
    fact.behavior_type,
    fact.behavior_type = 'passive_viewing' as passive,
    fact.experience_level,
    fact.prior_exposures_to_session_type,
    fact.prior_exposures_to_image_set,
    fact.prior_exposures_to_omissions,
    coalesce(listed.date_of_acquisition, session.start_time) as date_of_acquisition,
    coalesce(listed.equipment_name, session.rig) as equipment_name,
    listed.file_id,
    listed.file_path,
    experiment.session_id,
    experiment.lab_name,
    experiment.subject_nickname,
    experiment.session_date,
    experiment.source,
    experiment.is_excluded,
    fact.derived_columns
from analysis.experiment
join core.session_context as session using (session_id)
join task.change_session_fact as fact using (session_id)
left join imaging.experiment as listed
    on listed.session_id = experiment.session_id
    and listed.ophys_experiment_id = experiment.ophys_experiment_id
left join imaging.plane
    on plane.session_id = experiment.session_id
    and plane.plane = experiment.ophys_experiment_id;
comment on view analysis.allen_ophys_experiment is
    'The table of imaging experiments (get_ophys_experiment_table of the Allen Institute''s package), under its names: those that it '
    'lists, and those whose file alone is loaded. One row per experiment.';
comment on column analysis.allen_ophys_experiment.ophys_experiment_id is 'Number of the experiment.';
comment on column analysis.allen_ophys_experiment.behavior_session_id is 'Number of the behaviour session.';
comment on column analysis.allen_ophys_experiment.ophys_session_id is 'Number of the imaging session.';
comment on column analysis.allen_ophys_experiment.ophys_container_id is 'Container.';
comment on column analysis.allen_ophys_experiment.mouse_id is 'Mouse.';
comment on column analysis.allen_ophys_experiment.indicator is 'Calcium indicator.';
comment on column analysis.allen_ophys_experiment.full_genotype is 'Genotype.';
comment on column analysis.allen_ophys_experiment.driver_line is 'Driver lines.';
comment on column analysis.allen_ophys_experiment.cre_line is 'Cre line.';
comment on column analysis.allen_ophys_experiment.reporter_line is 'Reporter line.';
comment on column analysis.allen_ophys_experiment.sex is 'M or F.';
comment on column analysis.allen_ophys_experiment.age_in_days is 'Age [days].';
comment on column analysis.allen_ophys_experiment.imaging_depth is 'Depth [um].';
comment on column analysis.allen_ophys_experiment.targeted_structure is 'Area.';
comment on column analysis.allen_ophys_experiment.targeted_imaging_depth is 'Depth aimed at [um].';
comment on column analysis.allen_ophys_experiment.imaging_plane_group is 'Group of planes.';
comment on column analysis.allen_ophys_experiment.project_code is 'Project.';
comment on column analysis.allen_ophys_experiment.session_type is 'Stage of imaging.';
comment on column analysis.allen_ophys_experiment.session_number is 'Number after OPHYS_ in session_type.';
comment on column analysis.allen_ophys_experiment.image_set is 'Letter of the images shown.';
comment on column analysis.allen_ophys_experiment.behavior_type is 'active_behavior or passive_viewing.';
comment on column analysis.allen_ophys_experiment.passive is 'Replay without a spout.';
comment on column analysis.allen_ophys_experiment.experience_level is 'Familiar, Novel 1 or Novel >1.';
comment on column analysis.allen_ophys_experiment.prior_exposures_to_session_type is 'Earlier sessions of this type.';
comment on column analysis.allen_ophys_experiment.prior_exposures_to_image_set is 'Earlier sessions with this image set.';
comment on column analysis.allen_ophys_experiment.prior_exposures_to_omissions is 'Earlier sessions with omitted flashes.';
comment on column analysis.allen_ophys_experiment.date_of_acquisition is
    'Start; the published text, labelled UTC, is the laboratory''s clock.';
comment on column analysis.allen_ophys_experiment.equipment_name is 'Rig.';
comment on column analysis.allen_ophys_experiment.file_id is 'File in the manifest.';
comment on column analysis.allen_ophys_experiment.file_path is 'File name.';
comment on column analysis.allen_ophys_experiment.session_id is 'The session.';
comment on column analysis.allen_ophys_experiment.lab_name is 'Lab where the session was run.';
comment on column analysis.allen_ophys_experiment.subject_nickname is 'Name of the subject within its lab: the mouse''s number.';
comment on column analysis.allen_ophys_experiment.session_date is 'Calendar date at the rig.';
comment on column analysis.allen_ophys_experiment.source is 'Source of the session; simulated when it is made up.';
comment on column analysis.allen_ophys_experiment.is_excluded is 'Whether the session or its subject was taken out of analyses by hand.';
comment on column analysis.allen_ophys_experiment.derived_columns is
    'Columns here that neither table nor file tell, as in analysis.allen_behavior_session.';
