-- When a session should have ended. Filled by compute/task/session_end. Source: spec/ibl_behavior.md, 5.1.

create table task.session_end (
    session_id uuid not null,
    n_trials integer not null,
    n_without_start integer not null,
    end_criterion text,
    end_trial integer,
    rig_criterion text,
    rig_trial integer,
    constraint session_end_pkey primary key (session_id),
    constraint session_end_end_criterion_check check (
        end_criterion in ('long_rt', 'perf_ez<40', 'perf<40', '<400_trials', '>45_min_&_stopped', '>90_min')),
    constraint session_end_rig_criterion_check check (rig_criterion in ('long_rt', '<400_trials', '>90_min')),
    constraint session_end_end_trial_check check ((end_trial is null) = (end_criterion is null)),
    constraint session_end_rig_trial_check check ((rig_trial is null) = (rig_criterion is null)),
    constraint session_end_choice_session_fkey foreign key (session_id)
        references task.choice_session on delete cascade
);
comment on table task.session_end is
    'When a session should have ended, by what the animal did. One row per session with trials. Computed by session_end.';
comment on column task.session_end.session_id is 'The session.';
comment on column task.session_end.n_trials is 'Trials of the session that were looked at.';
comment on column task.session_end.n_without_start is
    'Trials without a start: the criteria of the session''s duration cannot hold at them, so null may mean unknown where there are any.';
comment on column task.session_end.end_criterion is
    'The criterion that held first; of several at one trial the first of long_rt, perf_ez<40, perf<40, <400_trials, >45_min_&_stopped, >90_min '
    '(task.session_end_criterion says what they are). Null when none held after the first trial.';
comment on column task.session_end.end_trial is 'Trial at which it held first, from 1; null when none did.';
comment on column task.session_end.rig_criterion is
    'The same of the criteria by which the rig''s software ended sessions: long_rt, <400_trials, >90_min.';
comment on column task.session_end.rig_trial is 'Trial at which it held first, from 1; null when none did.';

create table task.session_end_criterion (
    session_id uuid not null,
    end_criterion text not null,
    trial integer not null,
    constraint session_end_criterion_pkey primary key (session_id, end_criterion),
    constraint session_end_criterion_end_criterion_check check (
        end_criterion in ('long_rt', 'perf_ez<40', 'perf<40', '<400_trials', '>45_min_&_stopped', '>90_min')),
    constraint session_end_criterion_trial_check check (trial >= 1),
    constraint session_end_criterion_session_end_fkey foreign key (session_id)
        references task.session_end on delete cascade
);
comment on table task.session_end_criterion is
    'Criteria of a session''s end that held. One row per session and criterion. Part of task.session_end.';
comment on column task.session_end_criterion.session_id is 'The session.';
comment on column task.session_end_criterion.end_criterion is
    'long_rt: the median of the last 20 response times exceeds 5 times that of all, after 400 trials; perf_ez<40: the share correct of the '
    'last 50 easy trials (contrast at least 50 %) lies more than 40 % below that of all easy ones, after 400 trials; perf<40: the same of all '
    'trials; <400_trials: 45 minutes are over before the 400th trial; >45_min_&_stopped: after 45 minutes fewer than 45 trials began in '
    'the last 5; >90_min: 90 minutes are over.';
comment on column task.session_end_criterion.trial is 'First trial at which it held, from 1.';

select engine.register_computed(
    'task.session_end',
    about => 'When a session should have ended, by what the animal did.',
    parts => array['task.session_end_criterion'],
    inputs => array[
        engine.input('task.choice_trial', owner => 'session_id', columns => array[
            'trial', 'start_s', 'stim_on_s', 'response_s', 'feedback_type', 'contrast_left', 'contrast_right', 'choice'])
    ]);
