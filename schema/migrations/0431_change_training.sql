-- Whether a mouse may go on to the next stage of change detection, day by day. Filled by compute/change_detection/change_training.
-- Source: spec/change_detection.md, 15.

create table task.stage_criteria_set (
    stage_criteria_set text not null,
    description text not null,
    good_dprime units.number not null,
    engaged_dprime units.number not null,
    enough_engaged_trials integer not null,
    enough_contingent_trials integer not null,
    least_response_share units.fraction not null,
    largest_response_share units.fraction not null,
    largest_aborted_share units.fraction not null,
    last_training_day integer not null,
    constraint stage_criteria_set_pkey primary key (stage_criteria_set),
    constraint stage_criteria_set_counts_check check (
        enough_engaged_trials >= 0 and enough_contingent_trials >= 0 and last_training_day >= 1),
    constraint stage_criteria_set_bias_check check (largest_response_share > least_response_share)
);
comment on table task.stage_criteria_set is
    'Numbers of the rules by which a mouse goes on to the next stage of change detection. One row per set. Change none: add a set.';
comment on column task.stage_criteria_set.stage_criteria_set is 'Name of the set; the key.';
comment on column task.stage_criteria_set.description is 'What the set is for.';
comment on column task.stage_criteria_set.good_dprime is 'A day is good when its largest d'' is above this.';
comment on column task.stage_criteria_set.engaged_dprime is 'A day is an engaged one when its largest d'' is above this and';
comment on column task.stage_criteria_set.enough_engaged_trials is 'more than so many of its trials are engaged ones.';
comment on column task.stage_criteria_set.enough_contingent_trials is 'A day has enough trials with more go and catch trials than this.';
comment on column task.stage_criteria_set.least_response_share is
    'There is no response bias when the share of answers with a lick is above this, 0 to 1, and';
comment on column task.stage_criteria_set.largest_response_share is 'below this, 0 to 1.';
comment on column task.stage_criteria_set.largest_aborted_share is
    'A day is mostly useful when aborted trials took less of the summed length of its trials than this, 0 to 1.';
comment on column task.stage_criteria_set.last_training_day is 'From this training day on the mouse is out of time.';
select engine.set_tier('task.stage_criteria_set', 'lookup');

create table task.change_training (
    subject_id uuid not null,
    stage_criteria_set text not null,
    params_id text not null,
    n_days integer not null,
    n_days_without_trials integer not null,
    n_sessions integer not null,
    constraint change_training_pkey primary key (subject_id, stage_criteria_set, params_id),
    constraint change_training_n_check check (n_days >= 1 and n_days_without_trials >= 0 and n_sessions >= 1),
    constraint change_training_subject_fkey foreign key (subject_id) references core.subject on delete cascade,
    constraint change_training_stage_criteria_set_fkey foreign key (stage_criteria_set)
        references task.stage_criteria_set on delete cascade,
    constraint change_training_change_performance_params_fkey foreign key (params_id)
        references task.change_performance_params on delete cascade
);
create index change_training_stage_criteria_set_idx on task.change_training (stage_criteria_set);
create index change_training_params_idx on task.change_training (params_id);
comment on table task.change_training is
    'How training in change detection went. One row per subject with trials of it, set of rules and settings of d'' and engagement; all '
    'its sessions are folded in order, those of a date as one day. Computed by change_training.';
comment on column task.change_training.subject_id is 'The subject.';
comment on column task.change_training.stage_criteria_set is 'Rules that were used.';
comment on column task.change_training.params_id is 'Settings of d'' and engagement, as of task.change_performance.';
comment on column task.change_training.n_days is 'Days whose trials are loaded.';
comment on column task.change_training.n_days_without_trials is
    'Days that are known from the project''s tables only; the rules cannot see them.';
comment on column task.change_training.n_sessions is 'Sessions whose trials are loaded.';

create table task.change_training_session (
    subject_id uuid not null,
    stage_criteria_set text not null,
    params_id text not null,
    session_id uuid not null,
    session_no integer not null,
    training_day integer not null,
    n_days integer not null,
    n_days_without_trials integer not null,
    dprime_peak units.number,
    response_share units.fraction,
    contingent_trial_count integer not null,
    engaged_trial_count integer not null,
    aborted_time_share units.fraction,
    constraint change_training_session_pkey primary key (subject_id, stage_criteria_set, params_id, session_id),
    constraint change_training_session_training_day_check check (training_day >= 1 and n_days >= 1 and session_no >= 1),
    constraint change_training_session_counts_check check (
        contingent_trial_count >= 0 and engaged_trial_count >= 0 and n_days_without_trials >= 0),
    constraint change_training_session_change_training_fkey foreign key (subject_id, stage_criteria_set, params_id)
        references task.change_training on delete cascade,
    constraint change_training_session_session_fkey foreign key (session_id) references core.session on delete cascade
);
create index change_training_session_session_idx on task.change_training_session (session_id);
comment on table task.change_training_session is
    'What the rules of stages look at, after a session. One row per subject, set of rules, settings and session with trials; sessions '
    'of one date share the day''s values. Part of task.change_training.';
comment on column task.change_training_session.subject_id is 'The subject.';
comment on column task.change_training_session.stage_criteria_set is 'Rules that were used.';
comment on column task.change_training_session.params_id is 'Settings of d'' and engagement, as of task.change_performance.';
comment on column task.change_training_session.session_id is 'The session.';
comment on column task.change_training_session.session_no is 'Number of the session among those with trials of its subject, from 1.';
comment on column task.change_training_session.training_day is
    'Number of the date among those on which the subject had a session of the task, trials loaded or not, from 1.';
comment on column task.change_training_session.n_days is 'Days with trials up to this one: those that the rules see.';
comment on column task.change_training_session.n_days_without_trials is
    'Days before this one whose trials are not loaded: those they do not see.';
comment on column task.change_training_session.dprime_peak is 'Largest rolling d'' of the day; null when it has none.';
comment on column task.change_training_session.response_share is
    'Share of the day''s go and catch trials with a response, 0 to 1; null when there are no such trials.';
comment on column task.change_training_session.contingent_trial_count is 'Go and catch trials of the day.';
comment on column task.change_training_session.engaged_trial_count is 'Engaged trials of the day.';
comment on column task.change_training_session.aborted_time_share is
    'Share of the summed length of the day''s trials that aborted ones took, 0 to 1; null when no trial has a length.';

create table task.change_training_criterion (
    subject_id uuid not null,
    stage_criteria_set text not null,
    params_id text not null,
    session_id uuid not null,
    criterion text not null,
    is_passed boolean,
    reason text,
    constraint change_training_criterion_pkey primary key (subject_id, stage_criteria_set, params_id, session_id, criterion),
    constraint change_training_criterion_criterion_check check (criterion in (
        'two_out_of_three', 'yesterday_was_good', 'no_response_bias', 'enough_trials', 'mostly_useful', 'engagement', 'out_of_time')),
    constraint change_training_criterion_reason_check check ((is_passed is null) = (reason is not null)),
    constraint change_training_criterion_change_training_fkey foreign key (subject_id, stage_criteria_set, params_id)
        references task.change_training on delete cascade,
    constraint change_training_criterion_session_fkey foreign key (session_id) references core.session on delete cascade
);
create index change_training_criterion_session_idx on task.change_training_criterion (session_id);
comment on table task.change_training_criterion is
    'Verdicts of the rules of stages after a session. One row per row of task.change_training_session and rule. Part of '
    'task.change_training.';
comment on column task.change_training_criterion.subject_id is 'The subject.';
comment on column task.change_training_criterion.stage_criteria_set is 'Rules that were used.';
comment on column task.change_training_criterion.params_id is 'Settings of d'' and engagement, as of task.change_performance.';
comment on column task.change_training_criterion.session_id is 'The session.';
comment on column task.change_training_criterion.criterion is
    'The rule: two_out_of_three, yesterday_was_good, no_response_bias, enough_trials, mostly_useful, engagement or out_of_time.';
comment on column task.change_training_criterion.is_passed is 'Whether it holds; null when it cannot be told.';
comment on column task.change_training_criterion.reason is 'Why it is null: NotEnoughDays, where a rule needs three days.';

select engine.register_computed(
    'task.change_training',
    about => 'Criteria of the stages of change detection after every session of a subject, all sessions folded in order.',
    parts => array['task.change_training_session', 'task.change_training_criterion'],
    inputs => array[
        engine.input('core.session', owner => 'subject_id', columns => array['subject_id', 'session_date', 'start_time', 'session_number']),
        engine.input('task.behavior_session', owner => 'subject_id', columns => array['session_id'], via => 'core.session'),
        engine.input('task.change_session', owner => 'subject_id', columns => array['session_id'], via => 'core.session'),
        engine.input('task.change_trial', owner => 'subject_id', columns => array[
            'trial', 'start_s', 'trial_length_s', 'change_s', 'is_go', 'is_catch', 'is_auto_rewarded', 'is_aborted', 'is_hit', 'is_miss',
            'is_false_alarm', 'is_correct_reject', 'reward_volume_ml'], via => 'core.session'),
        engine.input('task.change_trial_lick', owner => 'subject_id', columns => array['trial', 'lick', 'time_s'], via => 'core.session'),
        engine.input('task.stage_criteria_set', owner => 'stage_criteria_set'),
        engine.input('task.change_performance_params', owner => 'params_id')
    ]);
