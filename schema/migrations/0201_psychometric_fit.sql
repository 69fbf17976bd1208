-- Psychometric functions of single sessions. Filled by compute/task/psychometric_fit.
-- Source: spec/ibl_behavior.md, 2.1, 2.2 and 4; spec/photometry.md, 8.3 and 8.4.

create table task.psychometric_params (
    params_id text not null,
    applies_to text not null,
    description text not null,
    start_bias_percent units.percent,
    start_threshold_percent units.percent not null,
    start_lapse_low units.fraction not null,
    start_lapse_high units.fraction not null,
    min_bias_percent units.percent,
    max_bias_percent units.percent,
    min_threshold_percent units.percent not null,
    max_threshold_percent units.percent not null,
    max_lapse_low units.fraction not null,
    max_lapse_high units.fraction not null,
    n_starts integer not null,
    min_levels integer not null,
    min_trials integer not null,
    point_grouping text not null,
    constraint psychometric_params_pkey primary key (params_id),
    constraint psychometric_params_applies_to_check check (applies_to in ('session', 'pool')),
    constraint psychometric_params_bias_check check (min_bias_percent <= max_bias_percent),
    constraint psychometric_params_threshold_check
        check (min_threshold_percent >= 0 and min_threshold_percent <= max_threshold_percent),
    constraint psychometric_params_n_starts_check check (n_starts >= 1),
    constraint psychometric_params_min_levels_check check (min_levels >= 1),
    constraint psychometric_params_min_trials_check check (min_trials >= 1),
    constraint psychometric_params_point_grouping_check
        check (point_grouping in ('no_go_is_not_right', 'no_go_in_n_only', 'whole_percent'))
);
comment on table task.psychometric_params is
    'Settings of psychometric fits: P(right) = lapse_low + (1 - lapse_low - lapse_high) (erf((x - bias) / threshold) + 1) / 2, '
    'x the signed contrast in percent. One row per set. Change none: add a set.';
comment on column task.psychometric_params.params_id is 'Name of the set; the key.';
comment on column task.psychometric_params.applies_to is
    'What is fitted with the set: session (task.psychometric_fit) or pool (task.pooled_psychometric_fit).';
comment on column task.psychometric_params.description is 'Who uses the set, and for what.';
comment on column task.psychometric_params.start_bias_percent is
    'Start value of the bias [% contrast]; null: the mean of the contrast levels.';
comment on column task.psychometric_params.start_threshold_percent is 'Start value of the threshold [% contrast].';
comment on column task.psychometric_params.start_lapse_low is 'Start value of the lapse rate at the left end, 0 to 1.';
comment on column task.psychometric_params.start_lapse_high is 'Start value of the lapse rate at the right end, 0 to 1.';
comment on column task.psychometric_params.min_bias_percent is
    'Lowest bias [% contrast]; null: the lowest contrast level.';
comment on column task.psychometric_params.max_bias_percent is
    'Highest bias [% contrast]; null: the highest contrast level.';
comment on column task.psychometric_params.min_threshold_percent is 'Lowest threshold [% contrast].';
comment on column task.psychometric_params.max_threshold_percent is 'Highest threshold [% contrast].';
comment on column task.psychometric_params.max_lapse_low is 'Highest lapse rate at the left end, 0 to 1; the lowest is 0.';
comment on column task.psychometric_params.max_lapse_high is 'Highest lapse rate at the right end, 0 to 1; the lowest is 0.';
comment on column task.psychometric_params.n_starts is
    'Starts that the reference gives its optimiser, for the record: ours finds the optimum and draws no random starts.';
comment on column task.psychometric_params.min_levels is 'Fewer contrast levels than this are not fitted.';
comment on column task.psychometric_params.min_trials is 'Blocks of fewer trials than this are left out.';
comment on column task.psychometric_params.point_grouping is
    'Which trials count where. no_go_is_not_right: trials without response count, as not rightward; no_go_in_n_only: they count as '
    'trials, the fraction rightward is taken over responses; whole_percent: the same, with contrasts cut to whole percent toward '
    'zero (12.5 becomes 12).';

select engine.set_tier('task.psychometric_params', 'lookup');

create table task.psychometric_fit (
    session_id uuid not null,
    params_id text not null,
    bias_percent units.percent,
    threshold_percent units.percent,
    lapse_low units.fraction,
    lapse_high units.fraction,
    log_likelihood units.number,
    r_squared units.fraction,
    n_trials integer not null,
    n_levels integer not null,
    bias_shift_percent units.percent,
    constraint psychometric_fit_pkey primary key (session_id, params_id),
    constraint psychometric_fit_choice_session_fkey foreign key (session_id)
        references task.choice_session on delete cascade,
    constraint psychometric_fit_psychometric_params_fkey foreign key (params_id)
        references task.psychometric_params on delete cascade
);
create index psychometric_fit_params_idx on task.psychometric_fit (params_id);
comment on table task.psychometric_fit is
    'Psychometric function over all trials of a session. One row per session and parameter set; blocks are in '
    'task.psychometric_block. Computed by psychometric_fit.';
comment on column task.psychometric_fit.session_id is 'The session.';
comment on column task.psychometric_fit.params_id is 'Settings of the fit.';
comment on column task.psychometric_fit.bias_percent is
    'Bias [% contrast], negative when the animal reports right too often; null, as the other parameters, with fewer contrast levels than the set asks.';
comment on column task.psychometric_fit.threshold_percent is 'Threshold [% contrast], the larger the flatter.';
comment on column task.psychometric_fit.lapse_low is
    'Share of right reports at the left end of the function, 0 to 1.';
comment on column task.psychometric_fit.lapse_high is
    'Share of left reports at the right end of the function, 0 to 1.';
comment on column task.psychometric_fit.log_likelihood is 'Log-likelihood of the fit, natural logarithm.';
comment on column task.psychometric_fit.r_squared is
    'Share of the variance of the fractions rightward over contrasts, each counted once, that the function explains, 0 to 1.';
comment on column task.psychometric_fit.n_trials is 'Trials of the fit.';
comment on column task.psychometric_fit.n_levels is 'Distinct signed contrasts of the fit.';
comment on column task.psychometric_fit.bias_shift_percent is
    'Bias in the block with probability left 0.8 minus that in the block 0.2 [% contrast]; null unless both were fitted.';

create table task.psychometric_block (
    session_id uuid not null,
    params_id text not null,
    block smallint not null,
    prob_left units.fraction not null,
    is_all_trials boolean not null,
    bias_percent units.percent,
    threshold_percent units.percent,
    lapse_low units.fraction,
    lapse_high units.fraction,
    log_likelihood units.number,
    r_squared units.fraction,
    n_trials integer not null,
    n_levels integer not null,
    constraint psychometric_block_pkey primary key (session_id, params_id, block),
    constraint psychometric_block_psychometric_fit_fkey foreign key (session_id, params_id)
        references task.psychometric_fit on delete cascade,
    constraint psychometric_block_block_check check (block between 0 and 100)
);
comment on table task.psychometric_block is
    'Psychometric functions by block. One row per session, parameter set and block: in biased and ephys sessions one per '
    'probability left, in others one block 50 with all trials. Part of task.psychometric_fit.';
comment on column task.psychometric_block.session_id is 'The session.';
comment on column task.psychometric_block.params_id is 'Settings of the fit.';
comment on column task.psychometric_block.block is '100 x probability left, rounded: 20, 50 or 80 in the block tasks; 50 in training.';
comment on column task.psychometric_block.prob_left is
    'Probability left of the block, 0 to 1; 0.5 in training, whatever single trials had.';
comment on column task.psychometric_block.is_all_trials is 'Whether the block holds every trial of the session.';
comment on column task.psychometric_block.bias_percent is 'Bias [% contrast], negative when the animal reports right too often.';
comment on column task.psychometric_block.threshold_percent is 'Threshold [% contrast], the larger the flatter.';
comment on column task.psychometric_block.lapse_low is 'Share of right reports at the left end of the function, 0 to 1.';
comment on column task.psychometric_block.lapse_high is 'Share of left reports at the right end of the function, 0 to 1.';
comment on column task.psychometric_block.log_likelihood is 'Log-likelihood of the fit, natural logarithm.';
comment on column task.psychometric_block.r_squared is
    'Share of the variance of the fractions rightward over contrasts, each counted once, that the function explains, 0 to 1.';
comment on column task.psychometric_block.n_trials is 'Trials of the block.';
comment on column task.psychometric_block.n_levels is 'Distinct signed contrasts of the block.';

create table task.psychometric_point (
    session_id uuid not null,
    params_id text not null,
    block smallint not null,
    signed_contrast units.signed_fraction not null,
    n_trials integer not null,
    n_rightward integer not null,
    p_rightward units.fraction,
    predicted units.fraction,
    constraint psychometric_point_pkey primary key (session_id, params_id, block, signed_contrast),
    constraint psychometric_point_psychometric_fit_fkey foreign key (session_id, params_id)
        references task.psychometric_fit on delete cascade
);
comment on table task.psychometric_point is
    'Points that a psychometric function was fitted to. One row per session, parameter set, block and signed contrast. '
    'Part of task.psychometric_fit.';
comment on column task.psychometric_point.session_id is 'The session.';
comment on column task.psychometric_point.params_id is 'Settings of the fit.';
comment on column task.psychometric_point.block is 'Block of task.psychometric_block.';
comment on column task.psychometric_point.signed_contrast is
    'Contrast right minus left, -1 to 1, as it was fitted (cut to whole percent where the set says so).';
comment on column task.psychometric_point.n_trials is 'Trials with this contrast, those without response included.';
comment on column task.psychometric_point.n_rightward is 'Trials with this contrast reported right (choice -1).';
comment on column task.psychometric_point.p_rightward is
    'Fraction rightward that was fitted, over all trials or over responses as the set says, 0 to 1; null when over none.';
comment on column task.psychometric_point.predicted is 'Value of the fitted function, 0 to 1; null where nothing was fitted.';

select engine.register_computed(
    'task.psychometric_fit',
    about => 'Psychometric function of a session, over all trials and by block.',
    parts => array['task.psychometric_block', 'task.psychometric_point'],
    inputs => array[
        engine.input('core.session', owner => 'session_id', columns => array['task_protocol']),
        engine.input('task.choice_trial', owner => 'session_id', columns => array[
            'trial', 'contrast_left', 'contrast_right', 'choice', 'probability_left']),
        engine.input('task.psychometric_params', owner => 'params_id')
    ],
    restriction => $$ psychometric_params.applies_to = 'session' $$);
