-- Reaction times by block and contrast. Filled by compute/task/reaction_time. Source: spec/ibl_behavior.md, 2.3.

create table task.reaction_time_params (
    params_id text not null,
    description text not null,
    level units.fraction not null,
    n_resamples integer not null,
    seed bigint not null,
    constraint reaction_time_params_pkey primary key (params_id),
    constraint reaction_time_params_level_check check (level > 0 and level < 1),
    constraint reaction_time_params_n_resamples_check check (n_resamples between 1 and 10000000)
);
comment on table task.reaction_time_params is
    'Settings of the bootstrap of median reaction times. One row per set. Change none: add a set.';
comment on column task.reaction_time_params.params_id is 'Name of the set; the key.';
comment on column task.reaction_time_params.description is 'What the set is for.';
comment on column task.reaction_time_params.level is 'Probability that an interval is to cover the median, 0 to 1.';
comment on column task.reaction_time_params.n_resamples is 'Number of resamples per interval.';
comment on column task.reaction_time_params.seed is
    'Seed of the random numbers; together with session, set, block and contrast it fixes every interval.';

select engine.set_tier('task.reaction_time_params', 'lookup');

create table task.reaction_time (
    session_id uuid not null,
    params_id text not null,
    n_trials integer not null,
    median_s units.seconds not null,
    low_s units.seconds,
    high_s units.seconds,
    constraint reaction_time_pkey primary key (session_id, params_id),
    constraint reaction_time_choice_session_fkey foreign key (session_id)
        references task.choice_session on delete cascade,
    constraint reaction_time_reaction_time_params_fkey foreign key (params_id)
        references task.reaction_time_params on delete cascade
);
create index reaction_time_params_idx on task.reaction_time (params_id);
comment on table task.reaction_time is
    'Median reaction time: response minus stimulus onset, or minus the go cue''s trigger where the onset is missing; trials '
    'without response count. One row per session and parameter set. Computed by reaction_time.';
comment on column task.reaction_time.session_id is 'The session.';
comment on column task.reaction_time.params_id is 'Settings of the interval.';
comment on column task.reaction_time.n_trials is 'Trials with a reaction time.';
comment on column task.reaction_time.median_s is 'Median over these trials [s].';
comment on column task.reaction_time.low_s is
    'Lower end of the bias-corrected percentile bootstrap interval of the median [s]; null with one trial.';
comment on column task.reaction_time.high_s is 'Upper end of the interval [s]; null with one trial.';

create table task.reaction_time_contrast (
    session_id uuid not null,
    params_id text not null,
    block smallint not null,
    signed_contrast units.signed_fraction not null,
    n_trials integer not null,
    median_s units.seconds not null,
    low_s units.seconds,
    high_s units.seconds,
    constraint reaction_time_contrast_pkey primary key (session_id, params_id, block, signed_contrast),
    constraint reaction_time_contrast_reaction_time_fkey foreign key (session_id, params_id)
        references task.reaction_time on delete cascade
);
comment on table task.reaction_time_contrast is
    'Median reaction time by block and contrast. One row per session, parameter set, block and signed contrast with a '
    'reaction time; none when the source has no contrasts. Part of task.reaction_time.';
comment on column task.reaction_time_contrast.session_id is 'The session.';
comment on column task.reaction_time_contrast.params_id is 'Settings of the interval.';
comment on column task.reaction_time_contrast.block is
    '100 x probability left, rounded, in biased and ephys sessions; 50 with all trials in others. As in task.psychometric_block.';
comment on column task.reaction_time_contrast.signed_contrast is 'Contrast right minus left, -1 to 1; both zero sides are 0.';
comment on column task.reaction_time_contrast.n_trials is 'Trials with a reaction time.';
comment on column task.reaction_time_contrast.median_s is 'Median over these trials [s].';
comment on column task.reaction_time_contrast.low_s is
    'Lower end of the bias-corrected percentile bootstrap interval of the median [s]; null with one trial.';
comment on column task.reaction_time_contrast.high_s is 'Upper end of the interval [s]; null with one trial.';

select engine.register_computed(
    'task.reaction_time',
    about => 'Median reaction times by block and contrast, with bootstrap intervals.',
    parts => array['task.reaction_time_contrast'],
    inputs => array[
        engine.input('core.session', owner => 'session_id', columns => array['task_protocol']),
        engine.input('task.choice_trial', owner => 'session_id', columns => array[
            'trial', 'contrast_left', 'contrast_right', 'choice', 'probability_left', 'stim_on_s', 'go_cue_trigger_s', 'response_s']),
        engine.input('task.reaction_time_params', owner => 'params_id')
    ]);
