-- Psychometric functions over sets of sessions. Filled by compute/task/pooled_psychometric_fit.
-- Source: spec/ibl_behavior.md, 4; data/SOURCES.md, "Published fits".

create table task.pooled_psychometric_fit (
    pool_id text not null,
    params_id text not null,
    n_sessions integer not null,
    bias_percent units.percent,
    threshold_percent units.percent,
    lapse_low units.fraction,
    lapse_high units.fraction,
    log_likelihood units.number,
    r_squared units.fraction,
    n_trials integer not null,
    n_levels integer not null,
    fraction_correct_easy units.fraction,
    fraction_right_zero units.fraction,
    median_reaction_s units.seconds,
    constraint pooled_psychometric_fit_pkey primary key (pool_id, params_id),
    constraint pooled_psychometric_fit_session_pool_fkey foreign key (pool_id)
        references task.session_pool on delete cascade,
    constraint pooled_psychometric_fit_psychometric_params_fkey foreign key (params_id)
        references task.psychometric_params on delete cascade
);
create index pooled_psychometric_fit_params_idx on task.pooled_psychometric_fit (params_id);
comment on table task.pooled_psychometric_fit is
    'Psychometric function over all trials of a set of sessions. One row per set of sessions and parameter set. '
    'Computed by pooled_psychometric_fit; task.published_fit has what papers print for the same sets.';
comment on column task.pooled_psychometric_fit.pool_id is 'The set of sessions.';
comment on column task.pooled_psychometric_fit.params_id is 'Settings of the fit.';
comment on column task.pooled_psychometric_fit.n_sessions is 'Sessions of the set.';
comment on column task.pooled_psychometric_fit.bias_percent is
    'Bias [% contrast], negative when the animal reports right too often; null, as the other parameters, with fewer contrast levels than the set asks.';
comment on column task.pooled_psychometric_fit.threshold_percent is 'Threshold [% contrast], the larger the flatter.';
comment on column task.pooled_psychometric_fit.lapse_low is 'Share of right reports at the left end of the function, 0 to 1.';
comment on column task.pooled_psychometric_fit.lapse_high is 'Share of left reports at the right end of the function, 0 to 1.';
comment on column task.pooled_psychometric_fit.log_likelihood is 'Log-likelihood of the fit, natural logarithm.';
comment on column task.pooled_psychometric_fit.r_squared is
    'Share of the variance of the fractions rightward over contrasts, each counted once, that the function explains, 0 to 1.';
comment on column task.pooled_psychometric_fit.n_trials is 'Trials of the fit.';
comment on column task.pooled_psychometric_fit.n_levels is 'Distinct signed contrasts of the fit.';
comment on column task.pooled_psychometric_fit.fraction_correct_easy is
    'Share rewarded of the trials with signed contrast above 50 % (right side only, as published), 0 to 1; null for none.';
comment on column task.pooled_psychometric_fit.fraction_right_zero is
    'Share reported right of the responses at contrast 0, 0 to 1; null for none.';
comment on column task.pooled_psychometric_fit.median_reaction_s is
    'Median of response minus stimulus onset over trials with a response [s]; null when no trial has both times.';

create table task.pooled_psychometric_point (
    pool_id text not null,
    params_id text not null,
    signed_contrast units.signed_fraction not null,
    n_trials integer not null,
    n_rightward integer not null,
    p_rightward units.fraction,
    predicted units.fraction,
    constraint pooled_psychometric_point_pkey primary key (pool_id, params_id, signed_contrast),
    constraint pooled_psychometric_point_pooled_psychometric_fit_fkey foreign key (pool_id, params_id)
        references task.pooled_psychometric_fit on delete cascade
);
comment on table task.pooled_psychometric_point is
    'Points that the function of a set of sessions was fitted to. One row per set of sessions, parameter set and signed contrast. '
    'Part of task.pooled_psychometric_fit.';
comment on column task.pooled_psychometric_point.pool_id is 'The set of sessions.';
comment on column task.pooled_psychometric_point.params_id is 'Settings of the fit.';
comment on column task.pooled_psychometric_point.signed_contrast is
    'Contrast right minus left, -1 to 1, as it was fitted (cut to whole percent where the set says so).';
comment on column task.pooled_psychometric_point.n_trials is 'Trials with this contrast, those without response included.';
comment on column task.pooled_psychometric_point.n_rightward is 'Trials with this contrast reported right (choice -1).';
comment on column task.pooled_psychometric_point.p_rightward is
    'Fraction rightward that was fitted, over all trials or over responses as the set says, 0 to 1; null when over none.';
comment on column task.pooled_psychometric_point.predicted is 'Value of the fitted function, 0 to 1; null where nothing was fitted.';

select engine.register_computed(
    'task.pooled_psychometric_fit',
    about => 'Psychometric function over a set of sessions.',
    parts => array['task.pooled_psychometric_point'],
    inputs => array[
        engine.input('task.session_pool_member', owner => 'pool_id'),
        engine.input('task.choice_trial', owner => 'pool_id', columns => array[
            'trial', 'contrast_left', 'contrast_right', 'choice', 'feedback_type', 'probability_left', 'stim_on_s', 'response_s'],
            via => 'task.session_pool_member'),
        engine.input('task.psychometric_params', owner => 'params_id')
    ],
    restriction => $$ psychometric_params.applies_to = 'pool' $$);
