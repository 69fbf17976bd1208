-- What computed tables of change detection left out of their inputs: raw areas as files give them (task.change_eye), and the start of
-- the session's own response window (task.change_performance, task.change_training).

select engine.register_computed(
    'task.change_eye',
    about => 'Areas and likely blinks from the raw areas that the source gives, or from the ellipses of an eye camera.',
    inputs => array[
        engine.input('task.eye_recording', owner => 'session_id', columns => array['file_blink_array_id']),
        engine.input('task.eye_ellipse', owner => 'session_id', columns => array[
            'tracked_object', 'width_array_id', 'height_array_id', 'angle_array_id', 'area_raw_array_id']),
        engine.input('task.change_eye_params', owner => 'params_id')
    ]);

comment on column task.change_eye.n_untracked_frames is 'Frames without a raw area of eye or pupil, of which blinks are the most.';
comment on column task.change_eye.untracked_fraction is 'Share of the frames without a raw area of eye or pupil, 0 to 1.';
comment on column task.change_eye.eye_area_array_id is 'The raw area, NaN in blinks: float64 (frames) [camera pixels squared].';
comment on column task.change_eye.pupil_area_array_id is 'The raw area, NaN in blinks: float64 (frames) [camera pixels squared].';
comment on column task.change_eye.corneal_reflection_area_array_id is
    'The raw area, NaN in blinks: float64 (frames) [camera pixels squared].';
comment on column task.change_eye.eye_area_raw_array_id is
    'The eye''s area in blinks too, as the source gives it, else pi width height: float64 (frames) [camera pixels squared].';
comment on column task.change_eye.pupil_area_raw_array_id is
    'The pupil''s area in blinks too, as the source gives it, else pi times the longer half axis squared: float64 (frames) [camera '
    'pixels squared].';
comment on column task.change_eye.corneal_reflection_area_raw_array_id is
    'The corneal reflection''s area in blinks too, as the source gives it, else pi width height: float64 (frames) [camera pixels '
    'squared].';

alter table task.change_performance_params alter column window_start_s drop not null;
comment on column task.change_performance_params.window_start_s is
    'Licks count when they are later than this after the change [s]; null: than the start of the session''s own response window, or '
    '0.15 s where the session does not tell it.';
comment on column task.change_rolling.latency_s is
    'First lick after the start of the response window (the set''s window_start_s, else the session''s), minus the change [s]; null '
    'without one, or without a change. It may be later than the end of the window.';

select engine.register_computed(
    'task.change_performance',
    about => 'Performance of change-detection sessions: counts, rates, d'' and engagement, with the rolling values of every trial.',
    parts => array['task.change_rolling'],
    inputs => array[
        engine.input('task.change_session', owner => 'session_id', columns => array['n_trials', 'response_window_start_s']),
        engine.input('task.change_trial', owner => 'session_id', columns => array[
            'trial', 'start_s', 'change_s', 'is_go', 'is_catch', 'is_auto_rewarded', 'is_aborted', 'is_hit', 'is_miss', 'is_false_alarm',
            'is_correct_reject', 'reward_volume_ml']),
        engine.input('task.change_trial_lick', owner => 'session_id', columns => array['trial', 'lick', 'time_s']),
        engine.input('task.reward', owner => 'session_id', columns => array['reward', 'volume_ml']),
        engine.input('task.change_performance_params', owner => 'params_id')
    ]);

select engine.register_computed(
    'task.change_training',
    about => 'Criteria of the stages of change detection after every session of a subject, all sessions folded in order.',
    parts => array['task.change_training_session', 'task.change_training_criterion'],
    inputs => array[
        engine.input('core.session', owner => 'subject_id', columns => array['subject_id', 'session_date', 'start_time', 'session_number']),
        engine.input('task.behavior_session', owner => 'subject_id', columns => array['session_id'], via => 'core.session'),
        engine.input('task.change_session', owner => 'subject_id', columns => array['session_id', 'response_window_start_s'],
            via => 'core.session'),
        engine.input('task.change_trial', owner => 'subject_id', columns => array[
            'trial', 'start_s', 'trial_length_s', 'change_s', 'is_go', 'is_catch', 'is_auto_rewarded', 'is_aborted', 'is_hit', 'is_miss',
            'is_false_alarm', 'is_correct_reject', 'reward_volume_ml'], via => 'core.session'),
        engine.input('task.change_trial_lick', owner => 'subject_id', columns => array['trial', 'lick', 'time_s'], via => 'core.session'),
        engine.input('task.stage_criteria_set', owner => 'stage_criteria_set'),
        engine.input('task.change_performance_params', owner => 'params_id')
    ]);
