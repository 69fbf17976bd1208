-- Change detection: sessions as published tables list them, sessions with trials, and what was recorded beside the trials.
-- Source: spec/change_detection.md, 3, 5 to 8. A session may stand in task.behavior_session alone (known from the project's tables only);
-- computed tables hang on task.change_session, whose row is inserted together with its trials.

create table task.behavior_session (
    session_id uuid not null,
    behavior_session_id bigint not null,
    ophys_session_id bigint,
    ophys_container_id bigint[],
    mouse_id text not null,
    indicator text,
    full_genotype text,
    driver_line text[],
    cre_line text,
    reporter_line text,
    sex text,
    age_in_days integer,
    project_code text,
    session_type text,
    session_number integer,
    image_set text,
    behavior_type text,
    experience_level text,
    prior_exposures_to_session_type integer,
    prior_exposures_to_image_set integer,
    prior_exposures_to_omissions integer,
    date_of_acquisition timestamptz,
    date_of_acquisition_text text,
    equipment_name text,
    imaging_plane_group_count integer,
    num_depths_per_area integer,
    num_targeted_structures integer,
    ophys_experiment_id bigint[],
    file_id bigint,
    file_path text,
    release text,
    extra jsonb,
    constraint behavior_session_pkey primary key (session_id),
    constraint behavior_session_behavior_session_id_key unique (behavior_session_id),
    constraint behavior_session_age_in_days_check check (age_in_days >= 0),
    constraint behavior_session_prior_exposures_check check (
        prior_exposures_to_session_type >= 0 and prior_exposures_to_image_set >= 0 and prior_exposures_to_omissions >= 0
    ),
    constraint behavior_session_session_fkey foreign key (session_id) references core.session on delete restrict
);
create index behavior_session_ophys_session_idx on task.behavior_session (ophys_session_id) where ophys_session_id is not null;
create index behavior_session_mouse_idx on task.behavior_session (mouse_id, date_of_acquisition);
create index behavior_session_session_type_idx on task.behavior_session (session_type);
comment on table task.behavior_session is
    'Behaviour sessions as the Allen Institute''s table of them lists them, every column. One row per session. Whether its trials '
    'are loaded is told by task.change_session.';
comment on column task.behavior_session.session_id is 'The session.';
comment on column task.behavior_session.behavior_session_id is 'Number of the session at the Allen Institute.';
comment on column task.behavior_session.ophys_session_id is
    'Imaging session that was recorded with it; null without imaging or when imaging failed quality control.';
comment on column task.behavior_session.ophys_container_id is
    'Containers (the same imaging plane over days) that the session contributed to; an empty array is an empty list, null an empty '
    'cell.';
comment on column task.behavior_session.mouse_id is 'The mouse, as the table writes it; the subject''s nickname.';
comment on column task.behavior_session.indicator is 'Calcium indicator (GCaMP6f), as published.';
comment on column task.behavior_session.full_genotype is 'Genotype with all its alleles, separated by semicolons.';
comment on column task.behavior_session.driver_line is
    'Driver lines, in the table''s order; an empty array is an empty list, null an empty cell.';
comment on column task.behavior_session.cre_line is 'Cre line (Slc17a7-IRES2-Cre).';
comment on column task.behavior_session.reporter_line is 'Reporter line (Ai93(TITL-GCaMP6f)).';
comment on column task.behavior_session.sex is 'Sex as the table writes it: M or F.';
comment on column task.behavior_session.age_in_days is 'Age at the session [days].';
comment on column task.behavior_session.project_code is 'Project that the session was recorded for (VisualBehaviorMultiscope).';
comment on column task.behavior_session.session_type is 'Stage of training or imaging (OPHYS_1_images_A); null when the table has none.';
comment on column task.behavior_session.session_number is 'Number after OPHYS_ in session_type, 0 to 6; null in training.';
comment on column task.behavior_session.image_set is 'Images shown: images_A, images_B, images_G, images_H or gratings.';
comment on column task.behavior_session.behavior_type is 'active_behavior, or passive_viewing: same stimuli, no spout.';
comment on column task.behavior_session.experience_level is 'Training, Familiar, Novel 1 or Novel >1, as published.';
comment on column task.behavior_session.prior_exposures_to_session_type is
    'Earlier sessions of the mouse with this session type, as published: counted over all of its sessions, whether or not they are '
    'loaded here.';
comment on column task.behavior_session.prior_exposures_to_image_set is
    'Earlier sessions of the mouse with this image set, as published; null for gratings.';
comment on column task.behavior_session.prior_exposures_to_omissions is 'Earlier sessions of the mouse with omitted flashes, as published.';
comment on column task.behavior_session.date_of_acquisition is
    'Start: the table''s digits read on the laboratory''s clock (America/Los_Angeles), whatever zone the table writes behind them; '
    'null when the cell is no date.';
comment on column task.behavior_session.date_of_acquisition_text is
    'Start as the table writes it; it is labelled UTC and is the laboratory''s clock.';
comment on column task.behavior_session.equipment_name is 'Rig (MESO.1, BEH.D-Box1).';
comment on column task.behavior_session.imaging_plane_group_count is
    'Groups of planes that were imaged at the same time; null for a single plane.';
comment on column task.behavior_session.num_depths_per_area is 'Depths imaged in each area.';
comment on column task.behavior_session.num_targeted_structures is 'Areas imaged.';
comment on column task.behavior_session.ophys_experiment_id is
    'Experiments (imaging planes) of the session, as listed; an empty array is an empty list, null an empty cell.';
comment on column task.behavior_session.file_id is
    'Number of the session''s file in the manifest; -999 or null for none of its own: the behaviour of an imaging session is in '
    'each of its experiments'' files.';
comment on column task.behavior_session.file_path is 'Name of the session''s file.';
comment on column task.behavior_session.release is
    'Version of the manifest that the table came with (1.0.1); null for a table without one.';
comment on column task.behavior_session.extra is
    'Columns of the table that are not known here, as text by their names; null when there are none.';
select engine.set_tier('task.behavior_session', 'imported');

create table task.behavior_session_change (
    session_id uuid not null,
    column_name text not null,
    changed_at timestamptz not null default clock_timestamp(),
    old_value text,
    new_value text,
    old_release text,
    new_release text,
    constraint behavior_session_change_pkey primary key (session_id, column_name, changed_at),
    constraint behavior_session_change_values_check check (old_value is distinct from new_value),
    constraint behavior_session_change_behavior_session_fkey foreign key (session_id) references task.behavior_session on delete cascade
);
comment on table task.behavior_session_change is
    'What a later release of the project''s tables said otherwise about a session than the one loaded before. One row per session, '
    'column and change.';
comment on column task.behavior_session_change.session_id is 'The session.';
comment on column task.behavior_session_change.column_name is 'Column of task.behavior_session (session_type).';
comment on column task.behavior_session_change.changed_at is 'When the other value was loaded.';
comment on column task.behavior_session_change.old_value is 'Value before, as text; null when it had none.';
comment on column task.behavior_session_change.new_value is 'Value since, as text; null when it has none.';
comment on column task.behavior_session_change.old_release is
    'Release that had the old value; null when that table came without a manifest.';
comment on column task.behavior_session_change.new_release is
    'Release that brought the new value; null when that table came without a manifest.';
select engine.set_tier('task.behavior_session_change', 'imported');

create table task.change_session (
    session_id uuid not null,
    origin text not null,
    n_trials integer not null,
    trials_start_s units.seconds,
    trials_end_s units.seconds,
    is_passive boolean not null,
    session_type text,
    image_set text,
    task_name text,
    stimulus text,
    stimulus_name text,
    stimulus_distribution text,
    stimulus_duration_s units.seconds,
    blank_duration_min_s units.seconds,
    blank_duration_max_s units.seconds,
    response_window_start_s units.seconds,
    response_window_end_s units.seconds,
    omitted_flash_fraction units.fraction,
    reward_volume_ml units.millilitres,
    auto_reward_volume_ml units.millilitres,
    n_stimulus_frames bigint,
    stimulus_frame_rate_hz units.hertz,
    monitor_delay_s units.seconds,
    behavior_session_uuid text,
    frame_times_array_id uuid,
    constraint change_session_pkey primary key (session_id),
    constraint change_session_origin_check check (origin in ('nwb', 'raw_log', 'table')),
    constraint change_session_n_trials_check check (n_trials >= 0),
    constraint change_session_n_stimulus_frames_check check (n_stimulus_frames >= 0),
    constraint change_session_session_fkey foreign key (session_id) references core.session on delete restrict
);
comment on table task.change_session is
    'Sessions of change detection whose trials are loaded, with the settings of the task. One row per session, written together '
    'with its trials.';
comment on column task.change_session.session_id is 'The session.';
comment on column task.change_session.origin is
    'What the trials were read from: nwb (a published or converted file), raw_log (the training software''s log) or table (tables '
    'of trials).';
comment on column task.change_session.n_trials is 'Number of trials.';
comment on column task.change_session.trials_start_s is 'Start of the first trial [s, session clock].';
comment on column task.change_session.trials_end_s is 'End of the last trial [s, session clock].';
comment on column task.change_session.is_passive is
    'True when no trial has a lick or a reward: the stimuli were replayed and nothing could be earned.';
comment on column task.change_session.session_type is 'Stage of training or imaging (OPHYS_1_images_A), as the file tells it.';
comment on column task.change_session.image_set is 'Images shown (A, B, G, H or gratings, as session_type tells); null when it does not.';
comment on column task.change_session.task_name is 'Name of the task in the settings (change detection).';
comment on column task.change_session.stimulus is 'Kind of stimulus in the settings: images or grating.';
comment on column task.change_session.stimulus_name is 'Name of the set of images.';
comment on column task.change_session.stimulus_distribution is 'Distribution that change times were drawn from: geometric or exponential.';
comment on column task.change_session.stimulus_duration_s is 'Duration of a flash [s]; null when stimuli were shown without flashing.';
comment on column task.change_session.blank_duration_min_s is 'Shortest grey between flashes [s].';
comment on column task.change_session.blank_duration_max_s is 'Longest grey between flashes [s].';
comment on column task.change_session.response_window_start_s is 'Start of the response window after the change [s].';
comment on column task.change_session.response_window_end_s is 'End of the response window after the change [s].';
comment on column task.change_session.omitted_flash_fraction is
    'Probability that a flash is left out, 0 to 1; null when the settings have none.';
comment on column task.change_session.reward_volume_ml is 'Water for a hit [mL].';
comment on column task.change_session.auto_reward_volume_ml is 'Water given by itself in auto-rewarded trials [mL].';
comment on column task.change_session.n_stimulus_frames is 'Frames in which a stimulus was drawn.';
comment on column task.change_session.stimulus_frame_rate_hz is 'Frames of the monitor per second, rounded as published [Hz].';
comment on column task.change_session.monitor_delay_s is
    'Delay between a frame''s time and its light [s], which change times and presentations contain; null when the file does not '
    'tell.';
comment on column task.change_session.behavior_session_uuid is
    'UUID that the training software gave the session, as written; null when unknown.';
comment on column task.change_session.frame_times_array_id is
    'Times of all stimulus frames: float64 (frames) [s, session clock], without the monitor''s delay; null when not kept.';
select store.own_array('task.change_session', 'frame_times_array_id');
select engine.set_tier('task.change_session', 'imported');

create table task.change_trial (
    session_id uuid not null,
    trial integer not null,
    start_s units.seconds not null,
    end_s units.seconds,
    trial_length_s units.seconds,
    initial_image_name text,
    change_image_name text,
    is_change boolean not null,
    change_s units.seconds,
    change_without_delay_s units.seconds,
    change_frame integer,
    is_go boolean not null,
    is_catch boolean not null,
    is_auto_rewarded boolean not null,
    is_aborted boolean not null,
    is_hit boolean not null,
    is_miss boolean not null,
    is_false_alarm boolean not null,
    is_correct_reject boolean not null,
    n_licks integer not null,
    response_s units.seconds,
    response_latency_s units.seconds,
    reward_s units.seconds,
    reward_volume_ml units.millilitres,
    constraint change_trial_pkey primary key (session_id, trial),
    constraint change_trial_trial_check check (trial >= 1),
    constraint change_trial_class_check check (
        is_hit::integer + is_miss::integer + is_false_alarm::integer + is_correct_reject::integer
            + is_auto_rewarded::integer + is_aborted::integer = 1
    ),
    constraint change_trial_kind_check check (is_go::integer + is_catch::integer + is_auto_rewarded::integer + is_aborted::integer <= 1),
    constraint change_trial_change_s_check check (is_aborted or change_s is not null),
    constraint change_trial_change_frame_check check (change_frame >= 0),
    constraint change_trial_n_licks_check check (n_licks >= 0),
    constraint change_trial_end_s_check check (end_s >= start_s),
    constraint change_trial_change_session_fkey foreign key (session_id) references task.change_session on delete cascade
);
comment on table task.change_trial is
    'Trials of change detection. One row per trial. Times are on the session''s clock; exactly one of hit, miss, false alarm, '
    'correct reject, auto-rewarded and aborted holds.';
comment on column task.change_trial.session_id is 'The session.';
comment on column task.change_trial.trial is 'Number of the trial within its session, from 1 (the source counts from 0).';
comment on column task.change_trial.start_s is 'Start of the trial [s].';
comment on column task.change_trial.end_s is 'End of the trial [s].';
comment on column task.change_trial.trial_length_s is 'Length of the trial as the source has it [s].';
comment on column task.change_trial.initial_image_name is 'Image before the change (im065, gratings_90).';
comment on column task.change_trial.change_image_name is 'Image after it; the initial one when nothing changed.';
comment on column task.change_trial.is_change is 'Whether the image changed.';
comment on column task.change_trial.change_s is
    'When the image changed, or would have in a catch trial, the monitor''s delay included [s]; null in aborted trials.';
comment on column task.change_trial.change_without_delay_s is
    'The change without the monitor''s delay [s]; null where the source has no such column.';
comment on column task.change_trial.change_frame is
    'Stimulus frame of the change, or of the sham change of a catch trial, as in the source; null in aborted trials. Releases of '
    '2021 and 2022 have it one too high.';
comment on column task.change_trial.is_go is 'Whether the image changes and water depends on the lick.';
comment on column task.change_trial.is_catch is 'Whether a change was drawn but the image stayed.';
comment on column task.change_trial.is_auto_rewarded is 'Whether water came by itself.';
comment on column task.change_trial.is_aborted is 'Whether the mouse licked before the change and the trial ended.';
comment on column task.change_trial.is_hit is 'Go trial with a lick in the window.';
comment on column task.change_trial.is_miss is 'Go trial without one.';
comment on column task.change_trial.is_false_alarm is 'Catch trial with a lick in the window.';
comment on column task.change_trial.is_correct_reject is 'Catch trial without one.';
comment on column task.change_trial.n_licks is 'Licks of the trial; their times are in task.change_trial_lick.';
comment on column task.change_trial.response_s is
    'First lick of the trial [s]; null without one and in aborted trials. It may come before the response window.';
comment on column task.change_trial.response_latency_s is
    'First lick minus change [s], negative for a lick before it; null without a lick, where the source has infinity, and in '
    'aborted trials. Rates use another latency.';
comment on column task.change_trial.reward_s is 'Reward [s]; null when none.';
comment on column task.change_trial.reward_volume_ml is 'Water given [mL], 0 when none.';
select engine.set_tier('task.change_trial', 'imported');

create table task.change_trial_lick (
    session_id uuid not null,
    trial integer not null,
    lick integer not null,
    time_s units.seconds not null,
    constraint change_trial_lick_pkey primary key (session_id, trial, lick),
    constraint change_trial_lick_lick_check check (lick >= 1),
    constraint change_trial_lick_change_trial_fkey foreign key (session_id, trial) references task.change_trial on delete cascade
);
comment on table task.change_trial_lick is
    'Licks of the trials of change detection, as the source assigns them to trials. One row per trial and lick. All licks of the '
    'session are in task.lick.';
comment on column task.change_trial_lick.session_id is 'The session.';
comment on column task.change_trial_lick.trial is 'The trial.';
comment on column task.change_trial_lick.lick is 'Number of the lick within its trial, from 1.';
comment on column task.change_trial_lick.time_s is 'Time of the lick [s, session clock].';
select engine.set_tier('task.change_trial_lick', 'imported');

alter table task.lick add column frame integer;
comment on column task.lick.frame is 'Stimulus frame of the lick, from 0; null where the source has none.';

create table task.reward (
    session_id uuid not null,
    reward integer not null,
    time_s units.seconds not null,
    volume_ml units.millilitres,
    is_auto_rewarded boolean,
    constraint reward_pkey primary key (session_id, reward),
    constraint reward_reward_check check (reward >= 1),
    constraint reward_session_fkey foreign key (session_id) references core.session on delete restrict
);
comment on table task.reward is 'Rewards as the rig gave them, whether earned or automatic. One row per reward.';
comment on column task.reward.session_id is 'The session.';
comment on column task.reward.reward is 'Number of the reward within its session, from 1, in order of time.';
comment on column task.reward.time_s is 'Time of the reward [s, session clock].';
comment on column task.reward.volume_ml is 'Water given [mL].';
comment on column task.reward.is_auto_rewarded is 'Whether it came by itself; null where the source does not tell.';
select engine.set_tier('task.reward', 'imported');

create table task.stimulus_presentation (
    session_id uuid not null,
    presentation integer not null,
    table_name text,
    table_row integer,
    stimulus_block integer,
    stimulus_block_name text,
    stimulus_name text,
    image_set text,
    image_index integer,
    image_name text,
    start_s units.seconds not null,
    end_s units.seconds,
    duration_s units.seconds,
    start_frame integer,
    end_frame integer,
    is_omitted boolean,
    is_change boolean,
    is_sham_change boolean,
    is_image_novel boolean,
    is_active boolean,
    flashes_since_change integer,
    trial integer,
    movie_frame_index integer,
    movie_repeat integer,
    extra jsonb,
    constraint stimulus_presentation_pkey primary key (session_id, presentation),
    constraint stimulus_presentation_presentation_check check (presentation >= 1),
    constraint stimulus_presentation_image_index_check check (image_index >= 0),
    constraint stimulus_presentation_trial_check check (trial >= 1),
    constraint stimulus_presentation_session_fkey foreign key (session_id) references core.session on delete restrict
);
comment on table task.stimulus_presentation is
    'Stimulus presentations: flashes of images and gratings, omitted flashes, grey periods, frames of movies. One row per '
    'presentation. Values are the file''s; what a reader makes of them is in analysis.stimulus_presentation.';
comment on column task.stimulus_presentation.session_id is 'The session.';
comment on column task.stimulus_presentation.presentation is
    'Number of the presentation within its session, from 1, in order of start (the source counts from 0).';
comment on column task.stimulus_presentation.table_name is
    'Table of the file that the row is from (spontaneous_presentations); null when not from a file of several tables.';
comment on column task.stimulus_presentation.table_row is 'Number of the row in that table, from 0, as the file has it.';
comment on column task.stimulus_presentation.stimulus_block is 'Number of the block of stimuli, from 0.';
comment on column task.stimulus_presentation.stimulus_block_name is 'Name of the block (change_detection_behavior).';
comment on column task.stimulus_presentation.stimulus_name is 'Name of the stimulus (spontaneous, natural_movie_one, the set of images).';
comment on column task.stimulus_presentation.image_set is 'Set of images, in older files.';
comment on column task.stimulus_presentation.image_index is
    'Number of the image in its template, from 0; omitted flashes have one past the last; null for what is no image.';
comment on column task.stimulus_presentation.image_name is 'Image (im065, omitted, gratings_90.0); null for grey and movies.';
comment on column task.stimulus_presentation.start_s is 'Start, the monitor''s delay included [s].';
comment on column task.stimulus_presentation.end_s is 'End, the monitor''s delay included [s].';
comment on column task.stimulus_presentation.duration_s is 'Duration as the file has it [s].';
comment on column task.stimulus_presentation.start_frame is
    'First stimulus frame, as in the file. Releases of 2021 and 2022 have drawn flashes one too high.';
comment on column task.stimulus_presentation.end_frame is 'First stimulus frame after it, as in the file.';
comment on column task.stimulus_presentation.is_omitted is 'Whether the flash was left out; null for what is no flash.';
comment on column task.stimulus_presentation.is_change is 'Whether the image changed here, as in the file; null for what is no flash.';
comment on column task.stimulus_presentation.is_sham_change is
    'Whether it is the moment of a catch trial; null where the file has none and none could be told.';
comment on column task.stimulus_presentation.is_image_novel is
    'Whether the mouse sees the image in its first session with it; null when not known.';
comment on column task.stimulus_presentation.is_active is
    'Whether it belongs to a block in which the mouse did the task; null where not told.';
comment on column task.stimulus_presentation.flashes_since_change is
    'Flashes since the last change, as in the file; null where it has none. See analysis.stimulus_presentation.';
comment on column task.stimulus_presentation.trial is
    'Trial that it fell into, from 1; null for none. No foreign key: passive replays refer to trials of the active block.';
comment on column task.stimulus_presentation.movie_frame_index is 'Frame of the movie, from 0; null for what is no movie.';
comment on column task.stimulus_presentation.movie_repeat is 'Repeat of the movie, from 0; null for what is no movie.';
comment on column task.stimulus_presentation.extra is
    'Columns of the file that are not known here, by their names; null when there are none.';
select engine.set_tier('task.stimulus_presentation', 'imported');

create table task.stimulus_template (
    template_id uuid not null,
    template_name text not null,
    n_images integer not null,
    n_rows integer not null,
    n_columns integer not null,
    warped_array_id uuid,
    unwarped_array_id uuid,
    constraint stimulus_template_pkey primary key (template_id),
    constraint stimulus_template_n_images_check check (n_images >= 0 and n_rows >= 0 and n_columns >= 0)
);
comment on table task.stimulus_template is
    'Sets of images as they were shown. One row per set of pixels: sessions that showed the same pixels share it.';
comment on column task.stimulus_template.template_id is 'UUIDv5 of the pixels'' checksums and the images'' names; the key.';
comment on column task.stimulus_template.template_name is 'Name of the set.';
comment on column task.stimulus_template.n_images is 'Images in the set.';
comment on column task.stimulus_template.n_rows is 'Height of an image [pixels].';
comment on column task.stimulus_template.n_columns is 'Width of an image [pixels].';
comment on column task.stimulus_template.warped_array_id is
    'Images warped for the monitor: uint8 (image, row, column), grey level 0 to 255; null when not kept.';
comment on column task.stimulus_template.unwarped_array_id is
    'Images as the mouse saw them: float64 (image, row, column), NaN where it could not see; null when not kept.';
select store.own_array('task.stimulus_template', 'warped_array_id');
select store.own_array('task.stimulus_template', 'unwarped_array_id');
select engine.set_tier('task.stimulus_template', 'imported');

create table task.stimulus_template_image (
    template_id uuid not null,
    image_index integer not null,
    image_name text not null,
    constraint stimulus_template_image_pkey primary key (template_id, image_index),
    constraint stimulus_template_image_image_index_check check (image_index >= 0),
    constraint stimulus_template_image_stimulus_template_fkey foreign key (template_id) references task.stimulus_template on delete cascade
);
comment on table task.stimulus_template_image is 'Images of a set. One row per set and image.';
comment on column task.stimulus_template_image.template_id is 'The set.';
comment on column task.stimulus_template_image.image_index is 'Number of the image in the set, from 0: its place in the arrays.';
comment on column task.stimulus_template_image.image_name is 'Name of the image (im065).';
select engine.set_tier('task.stimulus_template_image', 'imported');

create table task.session_template (
    session_id uuid not null,
    template_id uuid not null,
    constraint session_template_pkey primary key (session_id, template_id),
    constraint session_template_session_fkey foreign key (session_id) references core.session on delete restrict,
    constraint session_template_stimulus_template_fkey foreign key (template_id) references task.stimulus_template on delete restrict
);
create index session_template_stimulus_template_idx on task.session_template (template_id);
comment on table task.session_template is 'Sets of images that a session showed. One row per session and set.';
comment on column task.session_template.session_id is 'The session.';
comment on column task.session_template.template_id is 'The set.';
select engine.set_tier('task.session_template', 'imported');

create table task.running_recording (
    session_id uuid not null,
    n_samples integer not null,
    start_s units.seconds,
    end_s units.seconds,
    mean_speed_cm_s units.number,
    is_sign_turned boolean not null default false,
    times_array_id uuid not null,
    speed_array_id uuid,
    speed_unfiltered_array_id uuid,
    dx_array_id uuid,
    signal_voltage_array_id uuid,
    supply_voltage_array_id uuid,
    constraint running_recording_pkey primary key (session_id),
    constraint running_recording_n_samples_check check (n_samples >= 0),
    constraint running_recording_session_fkey foreign key (session_id) references core.session on delete restrict
);
comment on table task.running_recording is
    'Running of the animal on its wheel, sample by sample in the array store. One row per session with such a recording.';
comment on column task.running_recording.session_id is 'The session.';
comment on column task.running_recording.n_samples is 'Number of samples.';
comment on column task.running_recording.start_s is 'Time of the first sample [s, session clock].';
comment on column task.running_recording.end_s is 'Time of the last sample [s, session clock].';
comment on column task.running_recording.mean_speed_cm_s is
    'Mean of the filtered speed, samples that are missing left out [cm/s]; null without any.';
comment on column task.running_recording.is_sign_turned is
    'True when the file''s speed was below -1 cm/s on average and all signs were turned; arrays hold the turned values.';
comment on column task.running_recording.times_array_id is 'Times of the samples: float64 (samples) [s, session clock].';
comment on column task.running_recording.speed_array_id is
    'Speed, low-pass filtered: float64 (samples) [cm/s], forward is positive; null when the source has none.';
comment on column task.running_recording.speed_unfiltered_array_id is
    'Speed before the filter: float64 (samples) [cm/s], NaN where none could be told; null when the source has none.';
comment on column task.running_recording.dx_array_id is
    'Raw change since the sample before (dx), as the rig logged it: float64 (samples), in the file''s unit (cm by its label); null '
    'when the source has none.';
comment on column task.running_recording.signal_voltage_array_id is
    'Voltage of the wheel''s encoder (v_sig): float64 (samples) [V]; null when the source has none.';
comment on column task.running_recording.supply_voltage_array_id is
    'Supply of the encoder (v_in): float64 (samples) [V]; null when the source has none.';
select store.own_array('task.running_recording', 'times_array_id');
select store.own_array('task.running_recording', 'speed_array_id');
select store.own_array('task.running_recording', 'speed_unfiltered_array_id');
select store.own_array('task.running_recording', 'dx_array_id');
select store.own_array('task.running_recording', 'signal_voltage_array_id');
select store.own_array('task.running_recording', 'supply_voltage_array_id');
select engine.set_tier('task.running_recording', 'imported');

create table task.eye_recording (
    session_id uuid not null,
    n_frames integer not null,
    equipment_name text,
    times_array_id uuid not null,
    file_blink_array_id uuid,
    constraint eye_recording_pkey primary key (session_id),
    constraint eye_recording_n_frames_check check (n_frames >= 0),
    constraint eye_recording_session_fkey foreign key (session_id) references core.session on delete restrict
);
comment on table task.eye_recording is
    'Recordings of an eye camera, ellipses fitted frame by frame; they are in task.eye_ellipse. One row per session with such a '
    'recording.';
comment on column task.eye_recording.session_id is 'The session.';
comment on column task.eye_recording.n_frames is 'Frames of the camera that have a time.';
comment on column task.eye_recording.equipment_name is 'Rig that the geometry is of; null when not told.';
comment on column task.eye_recording.times_array_id is 'Times of the frames: float64 (frames) [s, session clock].';
comment on column task.eye_recording.file_blink_array_id is
    'Blinks as the file has them: uint8 (frames), 1 is a blink; null when it has none. Ours are computed from the areas.';
select store.own_array('task.eye_recording', 'times_array_id');
select store.own_array('task.eye_recording', 'file_blink_array_id');
select engine.set_tier('task.eye_recording', 'imported');

create table task.eye_ellipse (
    session_id uuid not null,
    tracked_object text not null,
    center_array_id uuid not null,
    width_array_id uuid not null,
    height_array_id uuid not null,
    angle_array_id uuid not null,
    area_array_id uuid,
    area_raw_array_id uuid,
    constraint eye_ellipse_pkey primary key (session_id, tracked_object),
    constraint eye_ellipse_tracked_object_check check (tracked_object in ('eye', 'pupil', 'corneal_reflection')),
    constraint eye_ellipse_eye_recording_fkey foreign key (session_id) references task.eye_recording on delete cascade
);
comment on table task.eye_ellipse is
    'Ellipses fitted to the eye, the pupil and the corneal reflection. One row per session and object. NaN where no fit was '
    'possible.';
comment on column task.eye_ellipse.session_id is 'The session.';
comment on column task.eye_ellipse.tracked_object is 'eye, pupil or corneal_reflection.';
comment on column task.eye_ellipse.center_array_id is 'Centre: float64 (frames, 2), x and y [camera pixels]; files call it meters.';
comment on column task.eye_ellipse.width_array_id is 'Half axis: float64 (frames) [camera pixels].';
comment on column task.eye_ellipse.height_array_id is 'Other half axis: float64 (frames) [camera pixels].';
comment on column task.eye_ellipse.angle_array_id is 'Angle of the ellipse (phi): float64 (frames) [rad].';
comment on column task.eye_ellipse.area_array_id is
    'Area as the file has it, blinks blanked: float64 (frames) [camera pixels squared]; null when it has none.';
comment on column task.eye_ellipse.area_raw_array_id is
    'Area before blanking: float64 (frames) [camera pixels squared]; null when the file has none.';
select store.own_array('task.eye_ellipse', 'center_array_id');
select store.own_array('task.eye_ellipse', 'width_array_id');
select store.own_array('task.eye_ellipse', 'height_array_id');
select store.own_array('task.eye_ellipse', 'angle_array_id');
select store.own_array('task.eye_ellipse', 'area_array_id');
select store.own_array('task.eye_ellipse', 'area_raw_array_id');
select engine.set_tier('task.eye_ellipse', 'imported');

create table task.eye_rig_geometry (
    session_id uuid not null,
    item text not null,
    x units.number not null,
    y units.number not null,
    z units.number not null,
    constraint eye_rig_geometry_pkey primary key (session_id, item),
    constraint eye_rig_geometry_item_check check (
        item in ('monitor_position', 'camera_position', 'led_position', 'monitor_rotation', 'camera_rotation')
    ),
    constraint eye_rig_geometry_eye_recording_fkey foreign key (session_id) references task.eye_recording on delete cascade
);
comment on table task.eye_rig_geometry is 'Where monitor, eye camera and its light stood. One row per session and item.';
comment on column task.eye_rig_geometry.session_id is 'The session.';
comment on column task.eye_rig_geometry.item is
    'monitor_position, camera_position, led_position (positions [mm]), monitor_rotation or camera_rotation (angles [deg]).';
comment on column task.eye_rig_geometry.x is 'First coordinate [mm], or rotation about the first axis [deg].';
comment on column task.eye_rig_geometry.y is 'Second coordinate [mm], or rotation about the second axis [deg].';
comment on column task.eye_rig_geometry.z is 'Third coordinate [mm], or rotation about the third axis [deg].';
select engine.set_tier('task.eye_rig_geometry', 'imported');

grant insert, update, delete on
    task.behavior_session,
    task.behavior_session_change,
    task.change_session,
    task.change_trial,
    task.change_trial_lick,
    task.reward,
    task.stimulus_presentation,
    task.stimulus_template,
    task.stimulus_template_image,
    task.session_template,
    task.running_recording,
    task.eye_recording,
    task.eye_ellipse,
    task.eye_rig_geometry
    to trialbase_ingest;
