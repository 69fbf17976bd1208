-- When the wheel first moved in a trial, and how long the answer took from there. Filled by compute/task/movement_time_set.
-- Source: spec/ibl_behavior.md, 7.2 and 7.3.

create table task.movement_time_set (
    session_id uuid not null,
    wheel_movement_params_id text not null,
    n_trials integer not null,
    n_with_movement integer not null,
    n_out_of_order integer not null,
    median_reaction_time_s units.seconds,
    median_movement_time_s units.seconds,
    constraint movement_time_set_pkey primary key (session_id, wheel_movement_params_id),
    constraint movement_time_set_n_check check (n_with_movement >= 0 and n_out_of_order >= 0 and n_with_movement + n_out_of_order <= n_trials),
    constraint movement_time_set_wheel_movement_set_fkey foreign key (session_id, wheel_movement_params_id)
        references task.wheel_movement_set on delete cascade,
    constraint movement_time_set_choice_session_fkey foreign key (session_id)
        references task.choice_session on delete cascade
);
comment on table task.movement_time_set is
    'First movements of the wheel in the trials of a session. One row per session with trials and a wheel, and parameter set of the '
    'movements. Computed by movement_time_set.';
comment on column task.movement_time_set.session_id is 'The session.';
comment on column task.movement_time_set.wheel_movement_params_id is 'Settings of the search for movements.';
comment on column task.movement_time_set.n_trials is 'Stored trials of the session.';
comment on column task.movement_time_set.n_with_movement is 'Of these, those with a row in task.movement_time.';
comment on column task.movement_time_set.n_out_of_order is
    'Of these, those left out because they start no later than the trial before, or end no later than they start.';
comment on column task.movement_time_set.median_reaction_time_s is
    'Median over task.movement_time of reaction_time_s: from the trial''s start to the first movement [s]; null for none.';
comment on column task.movement_time_set.median_movement_time_s is
    'Median over task.movement_time of movement_time_s: from the first movement to the trial''s end [s]; null for none.';

create table task.movement_time (
    session_id uuid not null,
    wheel_movement_params_id text not null,
    trial integer not null,
    movement integer not null,
    movement_onset_s units.seconds not null,
    is_final_movement boolean not null,
    reaction_time_s units.seconds not null,
    movement_time_s units.seconds not null,
    response_time_s units.seconds not null,
    constraint movement_time_pkey primary key (session_id, wheel_movement_params_id, trial),
    constraint movement_time_trial_check check (trial >= 1),
    constraint movement_time_movement_check check (movement >= 1),
    constraint movement_time_response_time_s_check check (response_time_s > 0),
    constraint movement_time_movement_time_set_fkey foreign key (session_id, wheel_movement_params_id)
        references task.movement_time_set on delete cascade
);
comment on table task.movement_time is
    'First movement of the wheel in a trial: the first of 0.1 rad or more that began after the go cue less the quiescent period and before '
    'the feedback. One row per session, parameter set and trial with such a movement, a go cue and a feedback. Its start is stimulus '
    'onset or go cue, its end response or feedback, whichever is earlier. Part of task.movement_time_set; task.choice_trial.first_movement_s '
    'is what the source says.';
comment on column task.movement_time.session_id is 'The session.';
comment on column task.movement_time.wheel_movement_params_id is 'Settings of the search for movements.';
comment on column task.movement_time.trial is 'The trial, as in task.choice_trial.';
comment on column task.movement_time.movement is 'The movement, as in task.wheel_movement.';
comment on column task.movement_time.movement_onset_s is 'When it began [s, session clock].';
comment on column task.movement_time.is_final_movement is 'Whether no other movement, however small, began between it and the feedback.';
comment on column task.movement_time.reaction_time_s is
    'From the trial''s start to the movement''s onset [s]; negative when the wheel moved in the quiescent period.';
comment on column task.movement_time.movement_time_s is 'From the movement''s onset to the trial''s end [s].';
comment on column task.movement_time.response_time_s is 'From the trial''s start to its end [s]: the sum of both.';

select engine.register_computed(
    'task.movement_time_set',
    about => 'First movement of the wheel in every trial, with reaction and movement times.',
    parts => array['task.movement_time'],
    inputs => array[
        engine.input('task.wheel_movement', owner => 'session_id, wheel_movement_params_id', columns => array['onset_s', 'peak_amplitude_rad']),
        engine.input('task.choice_trial', owner => 'session_id', columns => array[
            'trial', 'stim_on_s', 'go_cue_s', 'response_s', 'feedback_s', 'quiescent_period_s'])
    ]);
