-- What choices depend on, subject by subject. Filled by compute/task/choice_glm_table.
-- Source: spec/ibl_behavior.md, 9.4 and 10 (figure 5).

create table task.choice_glm_params (
    choice_glm_params_id text not null,
    description text not null,
    protocol text not null,
    has_block boolean not null,
    n_days_before integer not null,
    n_days_after integer not null,
    n_folds integer not null,
    seed integer not null,
    constraint choice_glm_params_pkey primary key (choice_glm_params_id),
    constraint choice_glm_params_protocol_check check (protocol in ('training', 'biased', 'ephys')),
    constraint choice_glm_params_n_days_check check (n_days_before >= 0 and n_days_after >= 0),
    constraint choice_glm_params_n_folds_check check (n_folds >= 2),
    constraint choice_glm_params_seed_check check (seed >= 0)
);
comment on table task.choice_glm_params is 'Settings of the logistic regressions of choice. One row per set. Change none: add a set.';
comment on column task.choice_glm_params.choice_glm_params_id is 'Name of the set; the key.';
comment on column task.choice_glm_params.description is 'What the set is for.';
comment on column task.choice_glm_params.protocol is 'Task of the sessions that count: training, biased or ephys.';
comment on column task.choice_glm_params.has_block is 'Whether the block has a weight.';
comment on column task.choice_glm_params.n_days_before is
    'First day that counts: so many training days before the first biased session with status trained 1b.';
comment on column task.choice_glm_params.n_days_after is 'Last day that counts: so many training days after it.';
comment on column task.choice_glm_params.n_folds is 'Folds of the accuracy.';
comment on column task.choice_glm_params.seed is 'Seed of the random numbers that shuffle the trials into folds.';
select engine.set_tier('task.choice_glm_params', 'lookup');

create table task.choice_glm (
    subject_id uuid not null,
    criteria_set text not null,
    choice_glm_params_id text not null,
    criterion_date date not null,
    first_date date not null,
    last_date date not null,
    n_sessions integer not null,
    n_trials integer not null,
    n_regressors integer not null,
    pseudo_r2 units.fraction,
    log_likelihood units.number,
    condition_number units.number,
    accuracy units.fraction,
    n_iterations integer,
    fit_quality text not null,
    constraint choice_glm_pkey primary key (subject_id, criteria_set, choice_glm_params_id),
    constraint choice_glm_training_history_fkey foreign key (subject_id, criteria_set)
        references task.training_history on delete cascade,
    constraint choice_glm_choice_glm_params_fkey foreign key (choice_glm_params_id)
        references task.choice_glm_params on delete cascade,
    constraint choice_glm_fit_quality_check
        check (fit_quality in ('good', 'separated', 'rank_deficient', 'too_few_trials', 'one_sided')),
    constraint choice_glm_n_trials_check check (n_trials >= 0)
);
create index choice_glm_params_idx on task.choice_glm (choice_glm_params_id);
comment on table task.choice_glm is
    'Logistic regression of a subject''s choices (right is 1) on stimulus, history and block, around the day of its first biased session '
    'with status trained 1b. One row per subject, set of rules of the status and parameter set; none where that day was not reached. '
    'Sessions that were taken out of analyses do not count. Computed by choice_glm.';
comment on column task.choice_glm.subject_id is 'The subject.';
comment on column task.choice_glm.criteria_set is 'Rules of the training status.';
comment on column task.choice_glm.choice_glm_params_id is 'Settings of the regression.';
comment on column task.choice_glm.criterion_date is 'Date of the first biased session with status trained 1b.';
comment on column task.choice_glm.first_date is 'Date of the first session that counts.';
comment on column task.choice_glm.last_date is 'Date of the last session that counts.';
comment on column task.choice_glm.n_sessions is 'Sessions that count.';
comment on column task.choice_glm.n_trials is
    'Trials that count: with a response after one with a response in the same session, and with a contrast other than 50 %.';
comment on column task.choice_glm.n_regressors is 'Weights, the bias among them.';
comment on column task.choice_glm.pseudo_r2 is
    'McFadden''s: 1 - log-likelihood / that of the intercept alone, 0 to 1; null, as the other numbers, where fit_quality is not good.';
comment on column task.choice_glm.log_likelihood is 'Log-likelihood of the fit, natural logarithm.';
comment on column task.choice_glm.condition_number is 'Greatest over least singular value of the regressors.';
comment on column task.choice_glm.accuracy is
    'Mean over shuffled folds of the mean chance that a fit to the other folds gives to the choices made, 0 to 1; null too where the fit '
    'to some folds has no finite weights.';
comment on column task.choice_glm.n_iterations is 'Steps of Newton''s method.';
comment on column task.choice_glm.fit_quality is
    'good; separated: regressors tell some choices without error, so that no finite weights are the likeliest (or none were found in 100 '
    'steps); rank_deficient: a regressor is a combination of others; too_few_trials: fewer than regressors; one_sided: all choices equal.';

create table task.choice_glm_weight (
    subject_id uuid not null,
    criteria_set text not null,
    choice_glm_params_id text not null,
    regressor text not null,
    regressor_no integer not null,
    weight units.number not null,
    standard_error units.number not null,
    constraint choice_glm_weight_pkey primary key (subject_id, criteria_set, choice_glm_params_id, regressor),
    constraint choice_glm_weight_regressor_no_check check (regressor_no >= 1),
    constraint choice_glm_weight_choice_glm_fkey foreign key (subject_id, criteria_set, choice_glm_params_id)
        references task.choice_glm on delete cascade
);
comment on table task.choice_glm_weight is
    'Weights of a regression. One row per row of task.choice_glm and regressor, where its fit_quality is good. Part of task.choice_glm.';
comment on column task.choice_glm_weight.subject_id is 'The subject.';
comment on column task.choice_glm_weight.criteria_set is 'Rules of the training status.';
comment on column task.choice_glm_weight.choice_glm_params_id is 'Settings of the regression.';
comment on column task.choice_glm_weight.regressor is
    'bias: always 1; 6_25, 12_5, 25, 100: side of a stimulus of this contrast in percent, 1 right, -1 left, else 0; rewarded, unrewarded: '
    'the choice before, 1 right, -1 left, where that was its outcome, else 0; block_id: -1 for 80 % left, 0 for 50, 1 for 20.';
comment on column task.choice_glm_weight.regressor_no is 'Place of the regressor in the order above, from 1.';
comment on column task.choice_glm_weight.weight is 'Change of the log odds of choosing right when the regressor is 1.';
comment on column task.choice_glm_weight.standard_error is 'Its standard error, from the inverse of the information.';

create table task.choice_glm_curve (
    subject_id uuid not null,
    criteria_set text not null,
    choice_glm_params_id text not null,
    block smallint not null,
    signed_contrast units.signed_fraction not null,
    p_rightward units.fraction not null,
    low units.fraction not null,
    high units.fraction not null,
    constraint choice_glm_curve_pkey primary key (subject_id, criteria_set, choice_glm_params_id, block, signed_contrast),
    constraint choice_glm_curve_block_check check (block in (20, 50, 80)),
    constraint choice_glm_curve_choice_glm_fkey foreign key (subject_id, criteria_set, choice_glm_params_id)
        references task.choice_glm on delete cascade
);
comment on table task.choice_glm_curve is
    'What the weights predict: the chance of choosing right, with nothing chosen before. One row per row of task.choice_glm, block and '
    'signed contrast of its trials (and 0). Part of task.choice_glm.';
comment on column task.choice_glm_curve.subject_id is 'The subject.';
comment on column task.choice_glm_curve.criteria_set is 'Rules of the training status.';
comment on column task.choice_glm_curve.choice_glm_params_id is 'Settings of the regression.';
comment on column task.choice_glm_curve.block is '100 x probability left: 20, 50, 80; 50 alone where the block has no weight.';
comment on column task.choice_glm_curve.signed_contrast is 'Contrast right minus left, -1 to 1.';
comment on column task.choice_glm_curve.p_rightward is 'Predicted chance of choosing right, 0 to 1.';
comment on column task.choice_glm_curve.low is
    '2.5 % quantile of the prediction where weights scatter normally about the estimate with the inverse information as covariance: exact, '
    'where the published figure draws 10,000 weights.';
comment on column task.choice_glm_curve.high is 'Its 97.5 % quantile.';

select engine.register_computed(
    'task.choice_glm',
    about => 'Logistic regression of a subject''s choices on stimulus, history and block.',
    parts => array['task.choice_glm_weight', 'task.choice_glm_curve'],
    inputs => array[
        engine.input('core.session', owner => 'subject_id', columns => array[
            'subject_id', 'session_date', 'start_time', 'session_number', 'task_protocol']),
        engine.input('core.exclusion', owner => 'subject_id', columns => array['session_id', 'fiber_idx', 'lifted_at'], via => 'core.session'),
        engine.input('task.training_status', owner => 'subject_id, criteria_set', columns => array['status', 'protocol']),
        engine.input('task.choice_trial', owner => 'subject_id', columns => array[
            'trial', 'contrast_left', 'contrast_right', 'choice', 'feedback_type', 'probability_left'], via => 'core.session'),
        engine.input('task.choice_glm_params', owner => 'choice_glm_params_id')
    ]);
