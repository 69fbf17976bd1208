-- How often and how fast a session's animal was right. Filled by compute/task/session_performance.
-- Source: spec/ibl_behavior.md, 2.1; spec/photometry.md, 8.2 and 8.5.

create table task.session_performance (
    session_id uuid not null,
    n_trials integer not null,
    n_correct integer not null,
    n_rewarded integer not null,
    n_nogo integer not null,
    n_easy integer not null,
    performance units.fraction,
    performance_easy units.fraction,
    fraction_correct units.fraction,
    fraction_correct_easy units.fraction,
    fraction_correct_nonzero units.fraction,
    nogo_fraction units.fraction,
    median_reaction_s units.seconds,
    median_reaction_zero_s units.seconds,
    n_contrasts integer not null,
    has_zero_contrast boolean not null,
    smallest_contrast units.fraction,
    largest_contrast units.fraction,
    n_blocks integer not null,
    min_block_length integer not null,
    is_block_structure_flagged boolean not null,
    inferred_protocol text not null,
    constraint session_performance_pkey primary key (session_id),
    constraint session_performance_choice_session_fkey foreign key (session_id)
        references task.choice_session on delete cascade,
    constraint session_performance_inferred_protocol_check
        check (inferred_protocol in ('training', 'biased'))
);
comment on table task.session_performance is
    'How often and how fast the animal was right. One row per session with trials. Computed by session_performance.';
comment on column task.session_performance.session_id is 'The session.';
comment on column task.session_performance.n_trials is
    'Trials of the source, those left out of task.choice_trial included.';
comment on column task.session_performance.n_correct is
    'Trials reported on the side of a contrast above 0: zero contrast never counts, whatever the feedback.';
comment on column task.session_performance.n_rewarded is 'Trials with reward, zero contrast included.';
comment on column task.session_performance.n_nogo is 'Trials without response.';
comment on column task.session_performance.n_easy is 'Trials with a contrast of at least 50 %.';
comment on column task.session_performance.performance is
    'n_correct / n_trials, 0 to 1: missing responses and zero contrast lower it; null without trials.';
comment on column task.session_performance.performance_easy is
    'Share of the easy trials (contrast at least 50 %) reported on the right side, no response as error, 0 to 1; null without easy trials.';
comment on column task.session_performance.fraction_correct is
    'Share rewarded of the trials with a response, 0 to 1; null without responses.';
comment on column task.session_performance.fraction_correct_easy is
    'Share rewarded of the easy trials (contrast at least 50 %) with a response, 0 to 1; null for none.';
comment on column task.session_performance.fraction_correct_nonzero is
    'Share rewarded of the trials of any non-zero contrast with a response, 0 to 1; null for none.';
comment on column task.session_performance.nogo_fraction is 'Share of the trials without response, 0 to 1.';
comment on column task.session_performance.median_reaction_s is
    'Median of response minus stimulus onset over trials with a response [s]; null when no trial has both times.';
comment on column task.session_performance.median_reaction_zero_s is
    'The same over the trials with contrast 0 [s].';
comment on column task.session_performance.n_contrasts is
    'Distinct signed contrasts shown; 0 when the source has no contrasts.';
comment on column task.session_performance.has_zero_contrast is 'Whether contrast 0 was shown.';
comment on column task.session_performance.smallest_contrast is 'Smallest contrast above 0 that was shown, 0 to 1.';
comment on column task.session_performance.largest_contrast is 'Largest contrast that was shown, 0 to 1.';
comment on column task.session_performance.n_blocks is 'Runs of constant probability left.';
comment on column task.session_performance.min_block_length is 'Shortest of these runs [trials].';
comment on column task.session_performance.is_block_structure_flagged is
    'Whether a run other than the last is shorter than 10 trials: expected in training, implausible in the block tasks.';
comment on column task.session_performance.inferred_protocol is
    'Task as the blocks tell it: biased when the probability left takes 0.2 or 0.8 in runs of at least 10 trials, else training. '
    'Inferred: the recorded task is core.session.task_protocol. Ephys sessions are called biased, block sessions of at most 90 trials training.';

create table task.contrast_performance (
    session_id uuid not null,
    signed_contrast units.signed_fraction not null,
    n_trials integer not null,
    n_correct integer not null,
    n_rewarded integer not null,
    n_rightward integer not null,
    n_nogo integer not null,
    constraint contrast_performance_pkey primary key (session_id, signed_contrast),
    constraint contrast_performance_session_performance_fkey foreign key (session_id)
        references task.session_performance on delete cascade
);
comment on table task.contrast_performance is
    'Counts per contrast. One row per session and signed contrast shown. Part of task.session_performance.';
comment on column task.contrast_performance.session_id is 'The session.';
comment on column task.contrast_performance.signed_contrast is
    'Contrast right minus left, -1 to 1; both zero sides are 0.';
comment on column task.contrast_performance.n_trials is 'Trials with this contrast.';
comment on column task.contrast_performance.n_correct is
    'Trials reported on the side of the stimulus; 0 at contrast 0.';
comment on column task.contrast_performance.n_rewarded is 'Trials with reward, also at contrast 0.';
comment on column task.contrast_performance.n_rightward is 'Trials reported right (choice -1).';
comment on column task.contrast_performance.n_nogo is 'Trials without response.';

select engine.register_computed(
    'task.session_performance',
    about => 'How often and how fast the animal was right, per session and contrast.',
    parts => array['task.contrast_performance'],
    inputs => array[
        engine.input('task.choice_session', owner => 'session_id', columns => array['n_trials', 'n_correct']),
        engine.input('task.choice_trial', owner => 'session_id', columns => array[
            'trial', 'contrast_left', 'contrast_right', 'choice', 'feedback_type', 'probability_left', 'stim_on_s', 'response_s'])
    ]);
