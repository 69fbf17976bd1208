-- Training status of every session of a subject. Filled by compute/task/training_history.
-- Source: spec/ibl_behavior.md, 3.

create table task.training_stage (
    status text not null,
    stage_rank smallint not null,
    description text not null,
    constraint training_stage_pkey primary key (status),
    constraint training_stage_stage_rank_key unique (stage_rank)
);
comment on table task.training_stage is 'Steps of training, in their order. One row per step.';
comment on column task.training_stage.status is 'Name of the step, as the library that defines it writes it; the key.';
comment on column task.training_stage.stage_rank is 'Order: a status is kept unless a higher one is reached.';
comment on column task.training_stage.description is 'What the step means.';

create table task.criteria_set (
    criteria_set text not null,
    description text not null,
    constraint criteria_set_pkey primary key (criteria_set)
);
comment on table task.criteria_set is
    'Rules by which training is judged. One row per set of rules. Change none: add a set.';
comment on column task.criteria_set.criteria_set is 'Name of the set; the key.';
comment on column task.criteria_set.description is 'Where the rules come from and how they differ.';

select engine.set_tier('task.training_stage', 'lookup');
select engine.set_tier('task.criteria_set', 'lookup');

create table task.training_history (
    subject_id uuid not null,
    criteria_set text not null,
    n_sessions integer not null,
    n_days integer not null,
    latest_status text not null,
    constraint training_history_pkey primary key (subject_id, criteria_set),
    constraint training_history_subject_fkey foreign key (subject_id) references core.subject on delete cascade,
    constraint training_history_criteria_set_fkey foreign key (criteria_set)
        references task.criteria_set on delete cascade,
    constraint training_history_latest_status_fkey foreign key (latest_status)
        references task.training_stage on delete restrict
);
create index training_history_criteria_set_idx on task.training_history (criteria_set);
create index training_history_latest_status_idx on task.training_history (latest_status);
comment on table task.training_history is
    'How far training came. One row per subject with trials and set of rules; all sessions are folded in order. Computed by training_history.';
comment on column task.training_history.subject_id is 'The subject.';
comment on column task.training_history.criteria_set is 'Rules that were used.';
comment on column task.training_history.n_sessions is 'Sessions with trials.';
comment on column task.training_history.n_days is 'Dates with such a session.';
comment on column task.training_history.latest_status is 'Status of the last session.';

create table task.training_status (
    subject_id uuid not null,
    criteria_set text not null,
    session_id uuid not null,
    session_no integer not null,
    status text not null,
    judged_status text not null,
    next_status text,
    protocol text not null,
    is_protocol_inferred boolean not null,
    n_days integer not null,
    n_trials integer not null,
    performance_easy units.fraction,
    median_reaction_s units.seconds,
    median_reaction_zero_s units.seconds,
    bias_percent units.percent,
    threshold_percent units.percent,
    lapse_low units.fraction,
    lapse_high units.fraction,
    bias_20_percent units.percent,
    threshold_20_percent units.percent,
    lapse_low_20 units.fraction,
    lapse_high_20 units.fraction,
    bias_80_percent units.percent,
    threshold_80_percent units.percent,
    lapse_low_80 units.fraction,
    lapse_high_80 units.fraction,
    n_ephys_days integer not null,
    n_delay_days integer not null,
    constraint training_status_pkey primary key (subject_id, criteria_set, session_id),
    constraint training_status_training_history_fkey foreign key (subject_id, criteria_set)
        references task.training_history on delete cascade,
    constraint training_status_session_fkey foreign key (session_id) references core.session on delete cascade,
    constraint training_status_status_fkey foreign key (status) references task.training_stage on delete restrict,
    constraint training_status_judged_status_fkey foreign key (judged_status)
        references task.training_stage on delete restrict,
    constraint training_status_next_status_fkey foreign key (next_status)
        references task.training_stage on delete restrict,
    constraint training_status_protocol_check
        check (protocol in ('habituation', 'training', 'biased', 'ephys'))
);
create index training_status_session_idx on task.training_status (session_id);
create index training_status_status_idx on task.training_status (status);
create index training_status_judged_status_idx on task.training_status (judged_status);
create index training_status_next_status_idx on task.training_status (next_status);
comment on table task.training_status is
    'Training status after a session. One row per subject, set of rules and session with trials; sessions of one date share '
    'what was judged. Part of task.training_history.';
comment on column task.training_status.subject_id is 'The subject.';
comment on column task.training_status.criteria_set is 'Rules that were used.';
comment on column task.training_status.session_id is 'The session.';
comment on column task.training_status.session_no is 'Number of the session in the subject''s order of dates, from 1.';
comment on column task.training_status.status is 'Status after the session; never below that of the date before.';
comment on column task.training_status.judged_status is 'Status by the judged days alone, which may be lower.';
comment on column task.training_status.next_status is
    'Status whose criteria are in task.training_criterion: the next one after judged_status; null on habituation days.';
comment on column task.training_status.protocol is 'Task of the session: habituation, training, biased or ephys.';
comment on column task.training_status.is_protocol_inferred is
    'Whether the task was inferred from the blocks, because the session''s record does not tell it.';
comment on column task.training_status.n_days is
    'Days that were judged together: the date of the session and up to two before it, habituation left out.';
comment on column task.training_status.n_trials is 'Trials of the session.';
comment on column task.training_status.performance_easy is
    'Share rewarded of the session''s trials with a contrast of at least 50 %, no response as error, 0 to 1; null for none.';
comment on column task.training_status.median_reaction_s is
    'Median of response minus stimulus onset over the session''s trials [s]; null when no trial has both.';
comment on column task.training_status.median_reaction_zero_s is 'The same at contrast 0 over the judged days [s].';
comment on column task.training_status.bias_percent is
    'Bias of the fit to all trials of the judged days [% contrast]; null when none of them is training.';
comment on column task.training_status.threshold_percent is 'Threshold of that fit [% contrast].';
comment on column task.training_status.lapse_low is 'Lapse rate of that fit at the left end, 0 to 1.';
comment on column task.training_status.lapse_high is 'Lapse rate of that fit at the right end, 0 to 1.';
comment on column task.training_status.bias_20_percent is
    'Bias of the fit to the trials of the judged days with probability left 0.2 [% contrast]; null when one of the days is training.';
comment on column task.training_status.threshold_20_percent is 'Threshold of that fit [% contrast].';
comment on column task.training_status.lapse_low_20 is 'Lapse rate of that fit at the left end, 0 to 1.';
comment on column task.training_status.lapse_high_20 is 'Lapse rate of that fit at the right end, 0 to 1.';
comment on column task.training_status.bias_80_percent is
    'Bias of the fit to the trials of the judged days with probability left 0.8 [% contrast]; null when one of the days is training.';
comment on column task.training_status.threshold_80_percent is 'Threshold of that fit [% contrast].';
comment on column task.training_status.lapse_low_80 is 'Lapse rate of that fit at the left end, 0 to 1.';
comment on column task.training_status.lapse_high_80 is 'Lapse rate of that fit at the right end, 0 to 1.';
comment on column task.training_status.n_ephys_days is 'Judged days on an ephys rig (name contains ephys).';
comment on column task.training_status.n_delay_days is 'Judged days with a start delay of at least 15 minutes.';

create table task.training_criterion (
    subject_id uuid not null,
    criteria_set text not null,
    session_id uuid not null,
    criterion text not null,
    is_passed boolean not null,
    constraint training_criterion_pkey primary key (subject_id, criteria_set, session_id, criterion),
    constraint training_criterion_training_history_fkey foreign key (subject_id, criteria_set)
        references task.training_history on delete cascade,
    constraint training_criterion_session_fkey foreign key (session_id) references core.session on delete cascade
);
create index training_criterion_session_idx on task.training_criterion (session_id);
comment on table task.training_criterion is
    'Checks towards the next status. One row per row of task.training_status and check of its next_status. Part of task.training_history.';
comment on column task.training_criterion.subject_id is 'The subject.';
comment on column task.training_criterion.criteria_set is 'Rules that were used.';
comment on column task.training_criterion.session_id is 'The session.';
comment on column task.training_criterion.criterion is 'Name of the check, as the library writes it (LapseLow_50, N_trials, ...).';
comment on column task.training_criterion.is_passed is 'Whether the judged days pass it.';

select engine.register_computed(
    'task.training_history',
    about => 'Training status of every session of a subject, all sessions folded in order.',
    parts => array['task.training_status', 'task.training_criterion'],
    inputs => array[
        engine.input('core.session', owner => 'subject_id', columns => array[
            'subject_id', 'session_date', 'start_time', 'session_number', 'task_protocol', 'is_protocol_inferred', 'rig', 'start_delay_s']),
        engine.input('task.choice_session', owner => 'subject_id', columns => array['session_id'], via => 'core.session'),
        engine.input('task.choice_trial', owner => 'subject_id', columns => array[
            'trial', 'contrast_left', 'contrast_right', 'choice', 'feedback_type', 'probability_left', 'stim_on_s', 'response_s'],
            via => 'core.session'),
        engine.input('task.criteria_set', owner => 'criteria_set', columns => array['criteria_set'])
    ]);
