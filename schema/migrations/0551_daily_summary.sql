-- Days of training, and what a subject did on each. Days are kept by ingest, the rest is filled by compute/task/daily_summary.
-- Source: spec/ibl_behavior.md, 2.4 and 16.

-- Made again by schema/objects, with the day's median reaction time. Without cascade: see 0460.
drop view if exists analysis.ibl_behavioral_summary_by_date;

create table task.training_day (
    subject_id uuid not null,
    date date not null,
    constraint training_day_pkey primary key (subject_id, date),
    constraint training_day_subject_fkey foreign key (subject_id) references core.subject on delete cascade
);
comment on table task.training_day is
    'Dates on which a subject did two-alternative choice and whose trials are loaded; kept by ingest. One row per subject and date. Its '
    'number among the days is in analysis.training_day, which counts sessions without trials too and follows every change by itself.';
comment on column task.training_day.subject_id is 'The subject.';
comment on column task.training_day.date is 'Calendar date at the rig, session_date of its sessions.';
select engine.set_tier('task.training_day', 'imported');
grant insert, update, delete on task.training_day to trialbase_ingest;

insert into task.training_day (subject_id, date)
select distinct session.subject_id, session.session_date
from task.choice_session
join core.session using (session_id);

create table task.daily_summary (
    subject_id uuid not null,
    date date not null,
    n_sessions integer not null,
    n_trials integer not null,
    n_trials_stored integer not null,
    n_without_contrast integer not null,
    n_correct integer,
    n_easy integer not null,
    performance units.fraction,
    performance_easy units.fraction,
    n_reaction_times integer not null,
    median_reaction_time_s units.seconds,
    constraint daily_summary_pkey primary key (subject_id, date),
    constraint daily_summary_training_day_fkey foreign key (subject_id, date) references task.training_day on delete cascade
);
comment on table task.daily_summary is
    'What a subject did on a day of two-alternative choice: all sessions of the date pooled, those that were taken out of analyses only '
    'where the date has no others. One row per subject and date with trials. Computed by daily_summary.';
comment on column task.daily_summary.subject_id is 'The subject.';
comment on column task.daily_summary.date is 'Calendar date at the rig.';
comment on column task.daily_summary.n_sessions is 'Sessions with trials that are pooled.';
comment on column task.daily_summary.n_trials is
    'Trials of these sessions as the sources count them: the sum of task.choice_session.n_trials.';
comment on column task.daily_summary.n_trials_stored is
    'Trials of these sessions in task.choice_trial (n_trials_date of the reference): fewer where end, choice or probability is missing.';
comment on column task.daily_summary.n_without_contrast is 'Stored trials whose contrast is not recorded.';
comment on column task.daily_summary.n_correct is
    'Trials reported on the side of a contrast above 0, as the sources'' trials have it: the sum of task.choice_session.n_correct; null '
    'when no trial has a contrast.';
comment on column task.daily_summary.n_easy is 'Stored trials with a contrast of at least 50 %.';
comment on column task.daily_summary.performance is
    'n_correct / (n_trials - n_without_contrast), 0 to 1: missing responses and zero contrast lower it; null when no trial has a contrast.';
comment on column task.daily_summary.performance_easy is
    'Share of the n_easy trials reported on the right side, no response as error, 0 to 1; null when there are none.';
comment on column task.daily_summary.n_reaction_times is 'Stored trials with a reaction time.';
comment on column task.daily_summary.median_reaction_time_s is
    'Median of their reaction times: response minus stimulus onset, or minus the go cue''s trigger where the onset is missing; trials '
    'without response count [s]. Null for none.';

create table task.daily_psychometric (
    subject_id uuid not null,
    date date not null,
    block smallint not null,
    prob_left units.fraction not null,
    n_trials integer not null,
    n_levels integer not null,
    bias_percent units.percent,
    threshold_percent units.percent,
    lapse_low units.fraction,
    lapse_high units.fraction,
    log_likelihood units.number,
    r_squared units.fraction,
    fit_quality text not null,
    constraint daily_psychometric_pkey primary key (subject_id, date, block),
    constraint daily_psychometric_daily_summary_fkey foreign key (subject_id, date)
        references task.daily_summary on delete cascade,
    constraint daily_psychometric_fit_quality_check check (fit_quality in ('good', 'at_bound', 'too_few_levels', 'flat'))
);
comment on table task.daily_psychometric is
    'Psychometric functions of a day (settings `status` of task.psychometric_params: a trial without response counts as one that did not '
    'go right). One row per subject, date and block. A date with a biased or ephys session has a row for each probability of the left '
    'side in these sessions; training sessions of that date join the row of 0.5. Other dates have one row of all trials, block 50. Part '
    'of task.daily_summary.';
comment on column task.daily_psychometric.subject_id is 'The subject.';
comment on column task.daily_psychometric.date is 'Calendar date at the rig.';
comment on column task.daily_psychometric.block is
    '100 x probability left, rounded: 50, 20, 80, as in task.psychometric_block. The reference counts 0, 1, 2 instead (see '
    'analysis.ibl_behavioral_summary_by_date_psych_results).';
comment on column task.daily_psychometric.prob_left is
    'Probability of the left side in these trials, 0 to 1; 0.5 where all trials are in one row, whatever theirs were.';
comment on column task.daily_psychometric.n_trials is 'Trials that were fitted.';
comment on column task.daily_psychometric.n_levels is 'Distinct signed contrasts among them.';
comment on column task.daily_psychometric.bias_percent is 'Bias [% contrast], negative when the animal reports right too often.';
comment on column task.daily_psychometric.threshold_percent is 'Threshold [% contrast], the larger the flatter.';
comment on column task.daily_psychometric.lapse_low is 'Share of right reports at the left end of the function, 0 to 1.';
comment on column task.daily_psychometric.lapse_high is 'Share of left reports at the right end of the function, 0 to 1.';
comment on column task.daily_psychometric.log_likelihood is 'Log-likelihood of the fit, natural logarithm.';
comment on column task.daily_psychometric.r_squared is
    'Share of the variance of the fractions rightward over contrasts, each counted once, that the function explains, 0 to 1.';
comment on column task.daily_psychometric.fit_quality is
    'Whether the parameters mean something: good, at_bound, too_few_levels or flat; see task.psychometric_fit.';

create table task.daily_point (
    subject_id uuid not null,
    date date not null,
    block smallint not null,
    signed_contrast units.signed_fraction not null,
    n_trials integer not null,
    n_rightward integer not null,
    p_rightward units.fraction,
    predicted units.fraction,
    n_reaction_times integer not null,
    median_reaction_time_s units.seconds,
    constraint daily_point_pkey primary key (subject_id, date, block, signed_contrast),
    constraint daily_point_daily_summary_fkey foreign key (subject_id, date)
        references task.daily_summary on delete cascade
);
comment on table task.daily_point is
    'Points of the psychometric functions of a day, with reaction times. One row per subject, date, block and signed contrast. Part of '
    'task.daily_summary.';
comment on column task.daily_point.subject_id is 'The subject.';
comment on column task.daily_point.date is 'Calendar date at the rig.';
comment on column task.daily_point.block is 'Block of task.daily_psychometric.';
comment on column task.daily_point.signed_contrast is 'Contrast right minus left, -1 to 1.';
comment on column task.daily_point.n_trials is 'Trials with this contrast, those without response included.';
comment on column task.daily_point.n_rightward is 'Trials with this contrast reported right (choice -1).';
comment on column task.daily_point.p_rightward is 'n_rightward / n_trials, 0 to 1.';
comment on column task.daily_point.predicted is 'Value of the fitted function, 0 to 1; null where nothing was fitted.';
comment on column task.daily_point.n_reaction_times is 'Of these trials, those with a reaction time.';
comment on column task.daily_point.median_reaction_time_s is
    'Median of their reaction times, as in task.daily_summary [s]; null for none.';

-- Everything by subject and date: a new session makes its own date stale and no other.
select engine.register_computed(
    'task.daily_summary',
    about => 'What a subject did on a day: performance, reaction times and psychometric functions of all its sessions together.',
    parts => array['task.daily_psychometric', 'task.daily_point'],
    inputs => array[
        engine.input('core.session', owner => 'subject_id, date=session_date', columns => array[
            'subject_id', 'session_date', 'start_time', 'session_number', 'task_protocol']),
        engine.input('core.exclusion', owner => 'subject_id, date=session_date', columns => array['session_id', 'fiber_idx', 'lifted_at'],
            via => 'core.session'),
        engine.input('task.choice_session', owner => 'subject_id, date=session_date', columns => array['session_id', 'n_trials', 'n_correct'],
            via => 'core.session'),
        engine.input('task.choice_trial', owner => 'subject_id, date=session_date', columns => array[
            'trial', 'contrast_left', 'contrast_right', 'choice', 'probability_left', 'stim_on_s', 'go_cue_trigger_s', 'response_s'],
            via => 'core.session')
    ]);
