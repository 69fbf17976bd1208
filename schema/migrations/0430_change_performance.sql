-- How well a mouse did in a session of change detection, and trial by trial. Filled by compute/change_detection/change_performance.
-- Source: spec/change_detection.md, 0, 9 and 13.

create table task.change_performance_params (
    params_id text not null,
    description text not null,
    engaged_rate_per_min units.number not null,
    rate_window_trials integer not null,
    reward_window_trials_before integer not null,
    reward_window_trials_from integer not null,
    window_start_s units.seconds not null,
    longest_response_s units.seconds not null,
    dprime_rate_limit units.fraction not null,
    constraint change_performance_params_pkey primary key (params_id),
    constraint change_performance_params_rate_window_trials_check check (rate_window_trials >= 1),
    constraint change_performance_params_reward_window_check check (
        reward_window_trials_before >= 0 and reward_window_trials_from >= 1),
    constraint change_performance_params_response_check check (window_start_s >= 0 and longest_response_s > window_start_s),
    constraint change_performance_params_dprime_rate_limit_check check (dprime_rate_limit > 0 and dprime_rate_limit < 0.5)
);
comment on table task.change_performance_params is 'Settings of task.change_performance. One row per set. Change none: add a set.';
comment on column task.change_performance_params.params_id is 'Name of the set; the key.';
comment on column task.change_performance_params.description is 'What the set is for.';
comment on column task.change_performance_params.engaged_rate_per_min is
    'A trial with a higher reward rate is an engaged one [rewards per minute].';
comment on column task.change_performance_params.rate_window_trials is
    'Trials, aborted ones left out, that a hit rate or false alarm rate looks back over, the trial itself among them.';
comment on column task.change_performance_params.reward_window_trials_before is 'Trials before a trial that its reward rate is of.';
comment on column task.change_performance_params.reward_window_trials_from is 'Trials from it on that its reward rate is of.';
comment on column task.change_performance_params.window_start_s is 'Licks count when they are later than this after the change [s].';
comment on column task.change_performance_params.longest_response_s is
    'Latencies below this count as responses in the reward rate [s], whatever the session''s response window.';
comment on column task.change_performance_params.dprime_rate_limit is 'Rates are held to this .. 1 - this before they go into d'', 0 to 1.';
select engine.set_tier('task.change_performance_params', 'lookup');

create table task.change_performance (
    session_id uuid not null,
    params_id text not null,
    trial_count integer not null,
    go_trial_count integer not null,
    catch_trial_count integer not null,
    hit_trial_count integer not null,
    miss_trial_count integer not null,
    false_alarm_trial_count integer not null,
    correct_reject_trial_count integer not null,
    aborted_trial_count integer not null,
    auto_reward_count integer not null,
    earned_reward_count integer not null,
    total_reward_count integer not null,
    total_reward_volume_ml units.millilitres not null,
    maximum_reward_rate_per_min units.number,
    reward_rate_reason text,
    engaged_trial_count integer not null,
    mean_hit_rate units.fraction,
    mean_hit_rate_uncorrected units.fraction,
    hit_rate_reason text,
    mean_hit_rate_engaged units.fraction,
    hit_rate_engaged_reason text,
    mean_false_alarm_rate units.fraction,
    mean_false_alarm_rate_uncorrected units.fraction,
    false_alarm_rate_reason text,
    mean_false_alarm_rate_engaged units.fraction,
    false_alarm_rate_engaged_reason text,
    mean_dprime units.number,
    max_dprime units.number,
    dprime_reason text,
    mean_dprime_engaged units.number,
    max_dprime_engaged units.number,
    dprime_engaged_reason text,
    reference_mean_dprime units.number,
    reference_max_dprime units.number,
    reference_mean_dprime_engaged units.number,
    reference_max_dprime_engaged units.number,
    is_passive boolean not null,
    constraint change_performance_pkey primary key (session_id, params_id),
    constraint change_performance_counts_check check (
        go_trial_count = hit_trial_count + miss_trial_count
        and catch_trial_count = false_alarm_trial_count + correct_reject_trial_count
        and trial_count = go_trial_count + catch_trial_count + auto_reward_count + aborted_trial_count
        and engaged_trial_count <= trial_count),
    constraint change_performance_reward_rate_reason_check check ((maximum_reward_rate_per_min is null) = (reward_rate_reason is not null)),
    constraint change_performance_hit_rate_reason_check check ((mean_hit_rate is null) = (hit_rate_reason is not null)),
    constraint change_performance_hit_rate_engaged_reason_check check (
        (mean_hit_rate_engaged is null) = (hit_rate_engaged_reason is not null)),
    constraint change_performance_false_alarm_rate_reason_check check (
        (mean_false_alarm_rate is null) = (false_alarm_rate_reason is not null)),
    constraint change_performance_false_alarm_rate_engaged_reason_check check (
        (mean_false_alarm_rate_engaged is null) = (false_alarm_rate_engaged_reason is not null)),
    constraint change_performance_dprime_reason_check check ((max_dprime is null) = (dprime_reason is not null)),
    constraint change_performance_dprime_engaged_reason_check check ((max_dprime_engaged is null) = (dprime_engaged_reason is not null)),
    constraint change_performance_change_session_fkey foreign key (session_id) references task.change_session on delete cascade,
    constraint change_performance_change_performance_params_fkey foreign key (params_id)
        references task.change_performance_params on delete cascade
);
create index change_performance_params_idx on task.change_performance (params_id);
comment on table task.change_performance is
    'Performance of a session of change detection, under the field''s names (get_performance_metrics). One row per session and '
    'parameter set. Means and maxima are of the rolling values of task.change_rolling, not of totals; where one is missing, the reason '
    'beside it says why: no_trials, passive, no_go_trials, no_catch_trials, too_few_trials or no_engaged_trials. Computed by '
    'change_performance.';
comment on column task.change_performance.session_id is 'The session.';
comment on column task.change_performance.params_id is 'Settings that it was computed with.';
comment on column task.change_performance.trial_count is 'Trials.';
comment on column task.change_performance.go_trial_count is 'Go trials: hits and misses.';
comment on column task.change_performance.catch_trial_count is 'Catch trials: false alarms and correct rejects.';
comment on column task.change_performance.hit_trial_count is 'Hits.';
comment on column task.change_performance.miss_trial_count is 'Misses.';
comment on column task.change_performance.false_alarm_trial_count is 'False alarms.';
comment on column task.change_performance.correct_reject_trial_count is 'Correct rejects.';
comment on column task.change_performance.aborted_trial_count is 'Aborted trials.';
comment on column task.change_performance.auto_reward_count is 'Auto-rewarded trials.';
comment on column task.change_performance.earned_reward_count is 'Rewards that were earned: hits.';
comment on column task.change_performance.total_reward_count is 'Rewards that were given: rows of task.reward.';
comment on column task.change_performance.total_reward_volume_ml is 'Water of all rewards [mL].';
comment on column task.change_performance.maximum_reward_rate_per_min is
    'Largest reward rate of a trial [rewards per minute]; null when no trial has one.';
comment on column task.change_performance.reward_rate_reason is 'Why it is null.';
comment on column task.change_performance.engaged_trial_count is
    'Trials with a reward rate above the set''s engaged_rate_per_min, aborted ones included.';
comment on column task.change_performance.mean_hit_rate is 'Mean of the rolling hit rate, 0 to 1.';
comment on column task.change_performance.mean_hit_rate_uncorrected is 'Mean of the rolling hit rate before it is limited, 0 to 1.';
comment on column task.change_performance.hit_rate_reason is 'Why both are null.';
comment on column task.change_performance.mean_hit_rate_engaged is 'Mean of the rolling hit rate over engaged trials, 0 to 1.';
comment on column task.change_performance.hit_rate_engaged_reason is 'Why it is null.';
comment on column task.change_performance.mean_false_alarm_rate is 'Mean of the rolling false alarm rate, 0 to 1.';
comment on column task.change_performance.mean_false_alarm_rate_uncorrected is
    'Mean of the rolling false alarm rate before it is limited, 0 to 1.';
comment on column task.change_performance.false_alarm_rate_reason is 'Why both are null.';
comment on column task.change_performance.mean_false_alarm_rate_engaged is
    'Mean of the rolling false alarm rate over engaged trials, 0 to 1.';
comment on column task.change_performance.false_alarm_rate_engaged_reason is 'Why it is null.';
comment on column task.change_performance.mean_dprime is 'Mean of the rolling d''; null in passive sessions.';
comment on column task.change_performance.max_dprime is 'Largest rolling d''; null in passive sessions.';
comment on column task.change_performance.dprime_reason is 'Why both are null.';
comment on column task.change_performance.mean_dprime_engaged is 'Mean of the rolling d'' over engaged trials.';
comment on column task.change_performance.max_dprime_engaged is 'Largest rolling d'' of an engaged trial.';
comment on column task.change_performance.dprime_engaged_reason is 'Why both are null.';
comment on column task.change_performance.reference_mean_dprime is
    'mean_dprime as the published software gives it: 0 in passive sessions. Null where that has NaN, as below.';
comment on column task.change_performance.reference_max_dprime is 'max_dprime as the published software gives it.';
comment on column task.change_performance.reference_mean_dprime_engaged is 'mean_dprime_engaged as the published software gives it.';
comment on column task.change_performance.reference_max_dprime_engaged is 'max_dprime_engaged as the published software gives it.';
comment on column task.change_performance.is_passive is 'Whether no trial has a lick or a reward: the stimuli were only shown.';

create table task.change_rolling (
    session_id uuid not null,
    params_id text not null,
    trial integer not null,
    latency_s units.seconds,
    reward_rate_per_min units.number,
    hit_rate_raw units.fraction,
    hit_rate units.fraction,
    false_alarm_rate_raw units.fraction,
    false_alarm_rate units.fraction,
    rolling_dprime units.number,
    reference_rolling_dprime units.number,
    is_engaged boolean not null,
    constraint change_rolling_pkey primary key (session_id, params_id, trial),
    constraint change_rolling_trial_check check (trial >= 1),
    constraint change_rolling_reward_rate_check check (reward_rate_per_min >= 0),
    constraint change_rolling_change_performance_fkey foreign key (session_id, params_id)
        references task.change_performance on delete cascade
);
comment on table task.change_rolling is
    'Performance around each trial of change detection (get_rolling_performance_df). One row per session, parameter set and trial. '
    'Aborted trials have a reward rate only. Part of task.change_performance.';
comment on column task.change_rolling.session_id is 'The session.';
comment on column task.change_rolling.params_id is 'Settings that it was computed with.';
comment on column task.change_rolling.trial is 'The trial, as in task.change_trial.';
comment on column task.change_rolling.latency_s is
    'First lick later than the set''s window_start_s after the change, minus the change [s]; null without one, or without a change. It '
    'is what rates count; response_latency_s of task.change_trial is of the trial''s first lick at all.';
comment on column task.change_rolling.reward_rate_per_min is
    'Responses within longest_response_s around the trial [per minute], on catch and auto-rewarded trials too; null in the first 10 '
    'trials.';
comment on column task.change_rolling.hit_rate_raw is
    'Share of the go trials with a hit among the last trials, 0 to 1; null when there is none.';
comment on column task.change_rolling.hit_rate is 'The same held half a trial away from 0 and 1.';
comment on column task.change_rolling.false_alarm_rate_raw is
    'Share of the catch trials with a false alarm among the last trials, 0 to 1; null when there is none.';
comment on column task.change_rolling.false_alarm_rate is 'The same held half a trial away from 0 and 1.';
comment on column task.change_rolling.rolling_dprime is
    'd'' of hit_rate and false_alarm_rate; null where either is, and in passive sessions.';
comment on column task.change_rolling.reference_rolling_dprime is
    'The same as the published software gives it: 0 in passive sessions, for trials that were not aborted.';
comment on column task.change_rolling.is_engaged is 'Whether the reward rate is above the set''s engaged_rate_per_min.';

select engine.register_computed(
    'task.change_performance',
    about => 'Performance of change-detection sessions: counts, rates, d'' and engagement, with the rolling values of every trial.',
    parts => array['task.change_rolling'],
    inputs => array[
        engine.input('task.change_session', owner => 'session_id', columns => array['n_trials']),
        engine.input('task.change_trial', owner => 'session_id', columns => array[
            'trial', 'start_s', 'change_s', 'is_go', 'is_catch', 'is_auto_rewarded', 'is_aborted', 'is_hit', 'is_miss', 'is_false_alarm',
            'is_correct_reject', 'reward_volume_ml']),
        engine.input('task.change_trial_lick', owner => 'session_id', columns => array['trial', 'lick', 'time_s']),
        engine.input('task.reward', owner => 'session_id', columns => array['reward', 'volume_ml']),
        engine.input('task.change_performance_params', owner => 'params_id')
    ]);
