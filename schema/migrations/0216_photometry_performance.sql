-- Task performance of photometry sessions, after repair of the blocks. Filled by compute/photometry/session_performance.
-- Source: spec/photometry.md, 7.6 and 8.2 to 8.5.

create table photometry.session_performance (
    session_id uuid not null,
    session_type text,
    is_session_type_inferred boolean not null,
    n_trials integer not null,
    fraction_correct units.fraction,
    fraction_correct_easy units.fraction,
    fraction_correct_nonzero units.fraction,
    nogo_fraction units.fraction,
    bias_shift_percent units.percent,
    n_blocks integer not null,
    min_block_length integer not null,
    is_block_repaired boolean not null,
    n_trials_repaired integer not null,
    constraint session_performance_pkey primary key (session_id),
    constraint session_performance_choice_session_fkey foreign key (session_id)
        references task.choice_session on delete cascade,
    constraint session_performance_photometry_session_fkey foreign key (session_id)
        references photometry.photometry_session on delete cascade
);
comment on table photometry.session_performance is
    'Task performance of sessions with photometry, as their pipeline reports it. One row per session with at least 90 trials; '
    'shorter ones are failed keys (InsufficientTrials).';
comment on column photometry.session_performance.session_id is 'The session.';
comment on column photometry.session_performance.session_type is
    'Kind of session by its protocol, else by its blocks; null when the protocol names none.';
comment on column photometry.session_performance.is_session_type_inferred is
    'Whether session_type was told from the blocks, because no protocol is recorded.';
comment on column photometry.session_performance.n_trials is 'Trials.';
comment on column photometry.session_performance.fraction_correct is
    'Share rewarded of the trials with a response, 0 to 1; null without responses.';
comment on column photometry.session_performance.fraction_correct_easy is
    'The same over trials with a contrast of at least 50 %, 0 to 1; null for none.';
comment on column photometry.session_performance.fraction_correct_nonzero is
    'The same over trials of any non-zero contrast, which the reference calls easy, 0 to 1; null for none.';
comment on column photometry.session_performance.nogo_fraction is 'Share of the trials without response, 0 to 1.';
comment on column photometry.session_performance.bias_shift_percent is
    'Bias at probability left 0.8 minus bias at 0.2 [% contrast]; null unless both were fitted.';
comment on column photometry.session_performance.n_blocks is 'Runs of constant probability left, as recorded.';
comment on column photometry.session_performance.min_block_length is 'Shortest of these runs [trials].';
comment on column photometry.session_performance.is_block_repaired is
    'Whether the fits use probabilities that were put right: 0.5 in training sessions, the rig''s plan in block sessions.';
comment on column photometry.session_performance.n_trials_repaired is 'Trials whose probability was changed by that.';

create table photometry.performance_contrast (
    session_id uuid not null,
    contrast_percent units.percent not null,
    n_trials integer not null,
    n_responses integer not null,
    n_rewarded integer not null,
    fraction_correct units.fraction,
    constraint performance_contrast_pkey primary key (session_id, contrast_percent),
    constraint performance_contrast_session_performance_fkey foreign key (session_id)
        references photometry.session_performance on delete cascade
);
comment on table photometry.performance_contrast is
    'Contrasts of a session, sides together. One row per session and contrast shown. Part of photometry.session_performance.';
comment on column photometry.performance_contrast.session_id is 'The session.';
comment on column photometry.performance_contrast.contrast_percent is 'Contrast of either side [%].';
comment on column photometry.performance_contrast.n_trials is 'Trials with this contrast.';
comment on column photometry.performance_contrast.n_responses is 'Those with a response.';
comment on column photometry.performance_contrast.n_rewarded is 'Those with a response and a reward.';
comment on column photometry.performance_contrast.fraction_correct is 'n_rewarded / n_responses, 0 to 1; null without responses.';

create table photometry.block_psychometric (
    session_id uuid not null,
    block smallint not null,
    prob_left units.fraction not null,
    bias_percent units.percent,
    threshold_percent units.percent,
    lapse_left units.fraction,
    lapse_right units.fraction,
    r_squared units.fraction,
    log_likelihood units.number,
    n_trials integer not null,
    constraint block_psychometric_pkey primary key (session_id, block),
    constraint block_psychometric_session_performance_fkey foreign key (session_id)
        references photometry.session_performance on delete cascade,
    constraint block_psychometric_block_check check (block in (20, 50, 80))
);
comment on table photometry.block_psychometric is
    'Psychometric functions by block, with the pipeline''s tight bounds (parameter set plotting). One row per session and block: 50 '
    'always, 20 and 80 in block sessions with at least 10 such trials. Part of photometry.session_performance.';
comment on column photometry.block_psychometric.session_id is 'The session.';
comment on column photometry.block_psychometric.block is 'Probability of the left side [%]: 50, 20 or 80.';
comment on column photometry.block_psychometric.prob_left is 'Probability of the left side, 0 to 1.';
comment on column photometry.block_psychometric.bias_percent is 'Bias [% contrast]; null without trials.';
comment on column photometry.block_psychometric.threshold_percent is 'Threshold [% contrast]; null without trials.';
comment on column photometry.block_psychometric.lapse_left is
    'Lapse rate at the right end: reports left of strong stimuli on the right, 0 to 1.';
comment on column photometry.block_psychometric.lapse_right is
    'Lapse rate at the left end: reports right of strong stimuli on the left, 0 to 1.';
comment on column photometry.block_psychometric.r_squared is 'Share of the variance of the observed fractions explained, 0 to 1.';
comment on column photometry.block_psychometric.log_likelihood is 'Log likelihood of the fit.';
comment on column photometry.block_psychometric.n_trials is 'Trials of the block.';

create table photometry.session_performance_error (
    session_id uuid not null,
    error_no integer not null,
    error_type text not null,
    message text not null,
    constraint session_performance_error_pkey primary key (session_id, error_no),
    constraint session_performance_error_session_performance_fkey foreign key (session_id)
        references photometry.session_performance on delete cascade
);
create index session_performance_error_type_idx on photometry.session_performance_error (error_type);
comment on table photometry.session_performance_error is
    'What was wrong with the task of a session that was evaluated all the same: IncompleteEventTimes, MissingBlockInfo, '
    'BlockStructureBug. One row per session and finding. Part of photometry.session_performance.';
comment on column photometry.session_performance_error.session_id is 'The session.';
comment on column photometry.session_performance_error.error_no is 'Number of the finding within its session, from 1.';
comment on column photometry.session_performance_error.error_type is 'Kind of error, see photometry.error_type.';
comment on column photometry.session_performance_error.message is 'What was found.';

select engine.register_computed(
    'photometry.session_performance',
    about => 'Task performance and psychometrics by block of a photometry session, blocks repaired.',
    parts => array[
        'photometry.performance_contrast', 'photometry.block_psychometric', 'photometry.session_performance_error'],
    inputs => array[
        engine.input('core.session', owner => 'session_id', columns => array['task_protocol', 'details']),
        engine.input('task.choice_trial', owner => 'session_id', columns => array[
            'trial', 'contrast_left', 'contrast_right', 'choice', 'feedback_type', 'probability_left', 'stim_on_s',
            'first_movement_s', 'feedback_s'])
    ]);
