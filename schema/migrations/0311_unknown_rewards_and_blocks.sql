-- A session whose feedback or probabilities were not recorded tells no rewards, blocks or protocol.

alter table task.session_performance
    alter column n_rewarded drop not null,
    alter column n_blocks drop not null,
    alter column min_block_length drop not null,
    alter column is_block_structure_flagged drop not null,
    alter column inferred_protocol drop not null;
alter table task.contrast_performance
    alter column n_rewarded drop not null;

comment on column task.session_performance.n_rewarded is
    'Trials with reward, zero contrast included; null when no trial has a feedback.';
comment on column task.session_performance.fraction_correct is
    'Share rewarded of the trials with a response and a feedback, 0 to 1; null without such trials.';
comment on column task.session_performance.fraction_correct_easy is
    'Share rewarded of the easy trials (contrast at least 50 %) with a response and a feedback, 0 to 1; null for none.';
comment on column task.session_performance.fraction_correct_nonzero is
    'Share rewarded of the trials of any non-zero contrast with a response and a feedback, 0 to 1; null for none.';
comment on column task.session_performance.n_blocks is
    'Runs of constant probability left; null when no trial has a probability.';
comment on column task.session_performance.min_block_length is
    'Shortest of these runs [trials]; null when no trial has a probability.';
comment on column task.session_performance.is_block_structure_flagged is
    'Whether a run other than the last is shorter than 10 trials: expected in training, implausible in the block tasks; null when no trial '
    'has a probability.';
comment on column task.session_performance.inferred_protocol is
    'Task as the blocks tell it: biased when the probability left takes 0.2 or 0.8 in runs of at least 10 trials, else training; null when '
    'no trial has a probability. Inferred: the recorded task is core.session.task_protocol. Ephys sessions are called biased, block '
    'sessions of at most 90 trials training.';
comment on column task.contrast_performance.n_rewarded is
    'Trials with reward, also at contrast 0; null when no trial of this contrast has a feedback.';
comment on column photometry.performance_contrast.n_responses is 'Those with a response and a feedback.';
