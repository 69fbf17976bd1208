-- The wheel's velocity and its movements. Filled by compute/task/wheel_velocity and wheel_movement_set.
-- Source: spec/photometry.md, 9; spec/ibl_behavior.md, 7.

create table task.wheel_params (
    wheel_params_id text not null,
    description text not null,
    rate_hz units.hertz not null,
    cutoff_hz units.hertz not null,
    filter_order integer not null,
    time_precision text not null,
    constraint wheel_params_pkey primary key (wheel_params_id),
    constraint wheel_params_rate_hz_check check (rate_hz > 0),
    constraint wheel_params_cutoff_hz_check check (cutoff_hz > 0 and cutoff_hz < rate_hz / 2),
    constraint wheel_params_filter_order_check check (filter_order between 1 and 50),
    constraint wheel_params_time_precision_check check (time_precision in ('float64', 'float32'))
);
comment on table task.wheel_params is 'Settings of the wheel''s velocity. One row per set. Change none: add a set.';
comment on column task.wheel_params.wheel_params_id is 'Name of the set; the key.';
comment on column task.wheel_params.description is 'What the set is for.';
comment on column task.wheel_params.rate_hz is 'Sampling rate of the velocity [Hz].';
comment on column task.wheel_params.cutoff_hz is 'Cut-off of the zero-phase low-pass of the position [Hz].';
comment on column task.wheel_params.filter_order is 'Order of that Butterworth filter, in one direction.';
comment on column task.wheel_params.time_precision is
    'Precision of the samples'' times when trials are cut: float64, or float32 as in the reference, which shifts samples in long sessions.';
select engine.set_tier('task.wheel_params', 'lookup');

create table task.wheel_velocity (
    session_id uuid not null,
    wheel_params_id text not null,
    velocity_array_id uuid not null,
    start_s units.seconds not null,
    sampling_rate_hz units.hertz not null,
    n_samples integer not null,
    n_trials integer not null,
    n_trial_samples integer not null,
    constraint wheel_velocity_pkey primary key (session_id, wheel_params_id),
    constraint wheel_velocity_n_samples_check check (n_samples > 0),
    constraint wheel_velocity_n_trial_samples_check check (n_trial_samples >= 0),
    constraint wheel_velocity_wheel_recording_fkey foreign key (session_id)
        references task.wheel_recording on delete cascade,
    constraint wheel_velocity_choice_session_fkey foreign key (session_id)
        references task.choice_session on delete cascade,
    constraint wheel_velocity_wheel_params_fkey foreign key (wheel_params_id)
        references task.wheel_params on delete cascade
);
create index wheel_velocity_params_idx on task.wheel_velocity (wheel_params_id);
comment on table task.wheel_velocity is
    'Velocity of the wheel, filtered, evenly sampled. One row per session and parameter set. Computed by wheel_velocity. The matrix of trials '
    'is not kept: it is cut from this array where it is needed.';
comment on column task.wheel_velocity.session_id is 'The session.';
comment on column task.wheel_velocity.wheel_params_id is 'Settings of the velocity.';
comment on column task.wheel_velocity.velocity_array_id is
    'The velocity: float32 (n_samples) [rad/s], counter-clockwise is positive; sample i is at start_s + i/sampling_rate_hz.';
comment on column task.wheel_velocity.start_s is 'Time of the first sample [s, session clock].';
comment on column task.wheel_velocity.sampling_rate_hz is 'Sampling rate [Hz].';
comment on column task.wheel_velocity.n_samples is 'Samples of the velocity.';
comment on column task.wheel_velocity.n_trials is 'Trials of the session: rows of the trials'' matrix.';
comment on column task.wheel_velocity.n_trial_samples is
    'Samples of the longest trial from stimulus onset to feedback: columns of the trials'' matrix.';
select store.own_array('task.wheel_velocity', 'velocity_array_id');

create table task.wheel_trial (
    session_id uuid not null,
    wheel_params_id text not null,
    trial integer not null,
    peak_velocity_rad_s units.number,
    constraint wheel_trial_pkey primary key (session_id, wheel_params_id, trial),
    constraint wheel_trial_trial_check check (trial >= 1),
    constraint wheel_trial_peak_velocity_rad_s_check check (peak_velocity_rad_s >= 0),
    constraint wheel_trial_wheel_velocity_fkey foreign key (session_id, wheel_params_id)
        references task.wheel_velocity on delete cascade
);
comment on table task.wheel_trial is
    'How fast the wheel turned in a trial. One row per session, parameter set and trial. Part of task.wheel_velocity.';
comment on column task.wheel_trial.session_id is 'The session.';
comment on column task.wheel_trial.wheel_params_id is 'Settings of the velocity.';
comment on column task.wheel_trial.trial is 'The trial, as in task.choice_trial.';
comment on column task.wheel_trial.peak_velocity_rad_s is
    'Greatest speed between stimulus onset and feedback [rad/s]; null where the trial lacks its stimulus onset, or begins later than the '
    'longest trial''s duration before the recording''s end.';

select engine.register_computed(
    'task.wheel_velocity',
    about => 'Filtered velocity of the wheel, and its peak in every trial.',
    parts => array['task.wheel_trial'],
    inputs => array[
        engine.input('task.wheel_recording', owner => 'session_id', columns => array['position_array_id', 'times_array_id']),
        engine.input('task.choice_trial', owner => 'session_id', columns => array['trial', 'stim_on_s', 'feedback_s']),
        engine.input('task.wheel_params', owner => 'wheel_params_id')
    ]);

create table task.wheel_movement_params (
    wheel_movement_params_id text not null,
    description text not null,
    rate_hz units.hertz not null,
    position_threshold_samples units.number not null,
    onset_threshold_samples units.number not null,
    time_window_s units.seconds not null,
    min_gap_s units.seconds not null,
    min_duration_s units.seconds not null,
    constraint wheel_movement_params_pkey primary key (wheel_movement_params_id),
    constraint wheel_movement_params_rate_hz_check check (rate_hz > 0),
    constraint wheel_movement_params_threshold_check check (
        position_threshold_samples >= 0 and onset_threshold_samples >= 0),
    constraint wheel_movement_params_time_window_s_check check (time_window_s * rate_hz >= 1)
);
comment on table task.wheel_movement_params is
    'Settings of the search for movements of the wheel. One row per set. Change none: add a set.';
comment on column task.wheel_movement_params.wheel_movement_params_id is 'Name of the set; the key.';
comment on column task.wheel_movement_params.description is 'What the set is for.';
comment on column task.wheel_movement_params.rate_hz is 'Rate to which the position is interpolated first [Hz].';
comment on column task.wheel_movement_params.position_threshold_samples is
    'The wheel moves where it turns by more than this within time_window_s [encoder samples].';
comment on column task.wheel_movement_params.onset_threshold_samples is
    'An onset is where the wheel last was within this of where it was at rest [encoder samples].';
comment on column task.wheel_movement_params.time_window_s is 'Length of that window [s].';
comment on column task.wheel_movement_params.min_gap_s is 'Movements closer than this are one [s].';
comment on column task.wheel_movement_params.min_duration_s is 'Shorter movements do not count [s].';
select engine.set_tier('task.wheel_movement_params', 'lookup');

create table task.wheel_movement_set (
    session_id uuid not null,
    wheel_movement_params_id text not null,
    n_movements integer not null,
    n_direction_changes integer not null,
    source_unit text not null,
    encoder_resolution integer not null,
    constraint wheel_movement_set_pkey primary key (session_id, wheel_movement_params_id),
    constraint wheel_movement_set_n_movements_check check (n_movements >= 0),
    constraint wheel_movement_set_n_direction_changes_check check (n_direction_changes >= 0),
    constraint wheel_movement_set_source_unit_check check (source_unit in ('rad', 'cm')),
    constraint wheel_movement_set_wheel_recording_fkey foreign key (session_id)
        references task.wheel_recording on delete cascade,
    constraint wheel_movement_set_wheel_movement_params_fkey foreign key (wheel_movement_params_id)
        references task.wheel_movement_params on delete cascade
);
create index wheel_movement_set_params_idx on task.wheel_movement_set (wheel_movement_params_id);
comment on table task.wheel_movement_set is
    'Movements of the wheel found in its position. One row per session and parameter set. Computed by wheel_movement_set.';
comment on column task.wheel_movement_set.session_id is 'The session.';
comment on column task.wheel_movement_set.wheel_movement_params_id is 'Settings of the search.';
comment on column task.wheel_movement_set.n_movements is 'Number of movements.';
comment on column task.wheel_movement_set.n_direction_changes is 'How often the wheel turned back within movements, all together.';
comment on column task.wheel_movement_set.source_unit is 'Unit that the steps of the position look like: rad, or cm of the wheel''s rim.';
comment on column task.wheel_movement_set.encoder_resolution is
    'Encoder samples per turn that the steps look like: 4096 (X4), 2048 (X2) or 1024 (X1).';

create table task.wheel_movement (
    session_id uuid not null,
    wheel_movement_params_id text not null,
    movement integer not null,
    onset_s units.seconds not null,
    offset_s units.seconds not null,
    peak_amplitude_rad units.radians not null,
    peak_velocity_s units.seconds not null,
    n_direction_changes integer not null,
    constraint wheel_movement_pkey primary key (session_id, wheel_movement_params_id, movement),
    constraint wheel_movement_movement_check check (movement >= 1),
    constraint wheel_movement_offset_s_check check (offset_s >= onset_s),
    constraint wheel_movement_wheel_movement_set_fkey foreign key (session_id, wheel_movement_params_id)
        references task.wheel_movement_set on delete cascade
);
comment on table task.wheel_movement is
    'Movements of the wheel as computed here; task.wheel_move has those that the source came with. One row per movement. Part of '
    'task.wheel_movement_set.';
comment on column task.wheel_movement.session_id is 'The session.';
comment on column task.wheel_movement.wheel_movement_params_id is 'Settings of the search.';
comment on column task.wheel_movement.movement is 'Number of the movement within its session, from 1.';
comment on column task.wheel_movement.onset_s is 'Start of the movement [s, session clock].';
comment on column task.wheel_movement.offset_s is 'End of the movement [s, session clock].';
comment on column task.wheel_movement.peak_amplitude_rad is
    'Signed way from the onset where it is longest [rad]; counter-clockwise is positive.';
comment on column task.wheel_movement.peak_velocity_s is 'Time of the greatest speed [s, session clock].';
comment on column task.wheel_movement.n_direction_changes is 'How often the wheel turned back within the movement.';

select engine.register_computed(
    'task.wheel_movement_set',
    about => 'Movements of the wheel: onset, offset, amplitude, time of the greatest speed.',
    parts => array['task.wheel_movement'],
    inputs => array[
        engine.input('task.wheel_recording', owner => 'session_id', columns => array['position_array_id', 'times_array_id']),
        engine.input('task.wheel_movement_params', owner => 'wheel_movement_params_id')
    ]);
