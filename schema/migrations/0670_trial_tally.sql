-- A session's trials counted by contrast and block, and statuses judged from these counts. Filled by compute/task/trial_tally.
-- Source: spec/ibl_behavior.md, 2.1 and 3.

create table task.trial_tally (
    session_id uuid not null,
    n_trials integer not null,
    inferred_protocol text not null,
    median_response_time_s units.seconds,
    constraint trial_tally_pkey primary key (session_id),
    constraint trial_tally_choice_session_fkey foreign key (session_id)
        references task.choice_session on delete cascade,
    constraint trial_tally_inferred_protocol_check check (inferred_protocol in ('training', 'biased'))
);
comment on table task.trial_tally is
    'Trials counted by contrast and block, for what needs counts alone. One row per session that showed contrasts. Computed by trial_tally.';
comment on column task.trial_tally.session_id is 'The session.';
comment on column task.trial_tally.n_trials is 'Trials that are stored, those without contrast included.';
comment on column task.trial_tally.inferred_protocol is
    'Task as far as the blocks of probability_left tell it: biased, or training (also where there is no probability).';
comment on column task.trial_tally.median_response_time_s is
    'Median of response minus stimulus onset over all trials with both, no response included [s]; null for none.';

create table task.trial_tally_cell (
    session_id uuid not null,
    cell smallint not null,
    signed_contrast units.signed_fraction,
    probability_left units.fraction,
    n_trials integer not null,
    n_rightward integer not null,
    n_leftward integer not null,
    n_nogo integer not null,
    n_feedback integer not null,
    n_rewarded integer not null,
    constraint trial_tally_cell_pkey primary key (session_id, cell),
    constraint trial_tally_cell_trial_tally_fkey foreign key (session_id)
        references task.trial_tally on delete cascade
);
comment on table task.trial_tally_cell is
    'Counts of the trials with one contrast and one probability of the left side. One row per session and pair of them that occurred. '
    'Part of task.trial_tally.';
comment on column task.trial_tally_cell.session_id is 'The session.';
comment on column task.trial_tally_cell.cell is 'Number, from 1, by probability and contrast; where they are missing last.';
comment on column task.trial_tally_cell.signed_contrast is 'Contrast right minus left, -1 to 1; null for trials without one.';
comment on column task.trial_tally_cell.probability_left is 'Probability of the left side, 0 to 1; null where none was recorded.';
comment on column task.trial_tally_cell.n_trials is 'Trials.';
comment on column task.trial_tally_cell.n_rightward is 'Trials reported right (choice -1).';
comment on column task.trial_tally_cell.n_leftward is 'Trials reported left (choice 1).';
comment on column task.trial_tally_cell.n_nogo is 'Trials without a response (choice 0). Those whose choice was not recorded are in n_trials alone.';
comment on column task.trial_tally_cell.n_feedback is 'Trials with a feedback, reward or error.';
comment on column task.trial_tally_cell.n_rewarded is 'Trials rewarded.';

create index choice_trial_zero_contrast_idx on task.choice_trial (session_id) where signed_contrast = 0;
comment on index task.choice_trial_zero_contrast_idx is 'A tenth of the trials, whose response times the statuses ask for.';

alter table task.training_status
    add column counts_hash bigint,
    add column counts_20_hash bigint,
    add column counts_80_hash bigint;
comment on column task.training_status.counts_hash is
    'Hash of the counts that bias_percent to lapse_high were fitted to, by which the fit is found again; null for no fit.';
comment on column task.training_status.counts_20_hash is 'The same of bias_20_percent to lapse_high_20.';
comment on column task.training_status.counts_80_hash is 'The same of bias_80_percent to lapse_high_80.';

select engine.register_computed(
    'task.trial_tally',
    about => 'Trials of a session counted by contrast and block.',
    parts => array['task.trial_tally_cell'],
    inputs => array[
        engine.input('task.choice_trial', owner => 'session_id', columns => array[
            'trial', 'contrast_left', 'contrast_right', 'choice', 'feedback_type', 'probability_left', 'stim_on_s', 'response_s'])
    ]);

select engine.register_computed(
    'task.training_history',
    about => 'Training status of every session of a subject, all sessions folded in order.',
    parts => array['task.training_status', 'task.training_criterion'],
    inputs => array[
        engine.input('core.session', owner => 'subject_id', columns => array[
            'subject_id', 'session_date', 'start_time', 'session_number', 'task_protocol', 'is_protocol_inferred', 'rig', 'start_delay_s']),
        engine.input('task.choice_session', owner => 'subject_id', columns => array['session_id', 'n_trials'], via => 'core.session'),
        engine.input('task.trial_tally', owner => 'subject_id', columns => array['inferred_protocol', 'median_response_time_s'], via => 'core.session'),
        engine.input('task.trial_tally_cell', owner => 'subject_id', columns => array[
            'signed_contrast', 'probability_left', 'n_trials', 'n_rightward', 'n_leftward', 'n_nogo', 'n_feedback', 'n_rewarded'],
            via => 'core.session'),
        engine.input('task.choice_trial', owner => 'subject_id', columns => array['contrast_left', 'contrast_right', 'stim_on_s', 'response_s'],
            via => 'core.session'),
        engine.input('task.criteria_set', owner => 'criteria_set', columns => array['criteria_set'])
    ]);
