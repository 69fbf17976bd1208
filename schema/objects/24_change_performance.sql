-- Performance in change detection for people, under our names and under those of the Allen Institute's package.
create or replace view analysis.change_performance as
select
    performance.session_id,
    session.lab_name,
    session.subject_nickname,
    session.session_date,
    session.subject_id,
    session.behavior_session_id,
    session.session_type,
    session.image_set,
    session.experience_level,
    session.cre_line,
    session.full_genotype,
    training_day.training_day,
    performance.is_passive,
    performance.trial_count,
    performance.go_trial_count,
    performance.catch_trial_count,
    performance.hit_trial_count,
    performance.miss_trial_count,
    performance.false_alarm_trial_count,
    performance.correct_reject_trial_count,
    performance.aborted_trial_count,
    performance.auto_reward_count,
    performance.total_reward_count,
    performance.total_reward_volume_ml::double precision as total_reward_volume_ml,
    performance.maximum_reward_rate_per_min::double precision as maximum_reward_rate_per_min,
    performance.engaged_trial_count,
    performance.engaged_trial_count::double precision / nullif(performance.trial_count, 0) as engaged_fraction,
    performance.hit_trial_count::double precision / nullif(performance.go_trial_count, 0) as hit_rate,
    performance.false_alarm_trial_count::double precision / nullif(performance.catch_trial_count, 0) as false_alarm_rate,
    performance.mean_hit_rate::double precision as rolling_hit_rate,
    performance.mean_hit_rate_engaged::double precision as rolling_hit_rate_engaged,
    performance.mean_false_alarm_rate::double precision as rolling_false_alarm_rate,
    performance.mean_false_alarm_rate_engaged::double precision as rolling_false_alarm_rate_engaged,
    performance.mean_dprime::double precision as rolling_dprime,
    performance.mean_dprime_engaged::double precision as rolling_dprime_engaged,
    performance.max_dprime::double precision as max_dprime,
    performance.max_dprime_engaged::double precision as max_dprime_engaged,
    performance.dprime_reason,
    performance.dprime_engaged_reason,
    session.source,
    session.is_excluded
from task.change_performance as performance
join analysis.change_session as session using (session_id)
left join analysis.training_day
    on training_day.subject_id = session.subject_id and training_day.session_date = session.session_date
where performance.params_id = 'default';
comment on view analysis.change_performance is
    'Performance of change-detection sessions with names, by the published software''s settings (parameter set default). One row per '
    'session. Rolling values are means over trials of windows that overlap: they have no standard error; hit_rate and false_alarm_rate '
    'are shares of the session''s trials.';
comment on column analysis.change_performance.session_id is 'The session.';
comment on column analysis.change_performance.lab_name is 'Lab where the session was run.';
comment on column analysis.change_performance.subject_nickname is 'Name of the subject within its lab: the mouse''s number.';
comment on column analysis.change_performance.session_date is 'Calendar date at the rig.';
comment on column analysis.change_performance.subject_id is 'The subject.';
comment on column analysis.change_performance.behavior_session_id is
    'Number of the session at the Allen Institute; null when it is in none of its tables.';
comment on column analysis.change_performance.session_type is 'Stage of training or imaging.';
comment on column analysis.change_performance.image_set is 'Images shown.';
comment on column analysis.change_performance.experience_level is 'Training, Familiar, Novel 1 or Novel >1; null when not listed.';
comment on column analysis.change_performance.cre_line is 'Cre line; null when not listed.';
comment on column analysis.change_performance.full_genotype is 'Genotype.';
comment on column analysis.change_performance.training_day is 'Training day of the subject, from 1; see analysis.training_day.';
comment on column analysis.change_performance.is_passive is 'Whether the stimuli were only shown.';
comment on column analysis.change_performance.trial_count is 'Trials.';
comment on column analysis.change_performance.go_trial_count is 'Go trials.';
comment on column analysis.change_performance.catch_trial_count is 'Catch trials.';
comment on column analysis.change_performance.hit_trial_count is 'Hits.';
comment on column analysis.change_performance.miss_trial_count is 'Misses.';
comment on column analysis.change_performance.false_alarm_trial_count is 'False alarms.';
comment on column analysis.change_performance.correct_reject_trial_count is 'Correct rejects.';
comment on column analysis.change_performance.aborted_trial_count is 'Aborted trials.';
comment on column analysis.change_performance.auto_reward_count is 'Auto-rewarded trials.';
comment on column analysis.change_performance.total_reward_count is 'Rewards given.';
comment on column analysis.change_performance.total_reward_volume_ml is 'Water of all rewards [mL].';
comment on column analysis.change_performance.maximum_reward_rate_per_min is
    'Largest reward rate of a trial [rewards per minute]; null when no trial has one.';
comment on column analysis.change_performance.engaged_trial_count is 'Engaged trials: with a reward rate above 2 per minute.';
comment on column analysis.change_performance.engaged_fraction is 'Share of the trials that are engaged ones, 0 to 1; null without trials.';
comment on column analysis.change_performance.hit_rate is 'Hits by go trials, 0 to 1; null without go trials.';
comment on column analysis.change_performance.false_alarm_rate is 'False alarms by catch trials, 0 to 1; null without catch trials.';
comment on column analysis.change_performance.rolling_hit_rate is
    'Mean of the rolling hit rate over trials, 0 to 1 (mean_hit_rate of the field).';
comment on column analysis.change_performance.rolling_hit_rate_engaged is 'The same over engaged trials, 0 to 1.';
comment on column analysis.change_performance.rolling_false_alarm_rate is 'Mean of the rolling false alarm rate over trials, 0 to 1.';
comment on column analysis.change_performance.rolling_false_alarm_rate_engaged is 'The same over engaged trials, 0 to 1.';
comment on column analysis.change_performance.rolling_dprime is 'Mean of the rolling d'' over trials; null in passive sessions.';
comment on column analysis.change_performance.rolling_dprime_engaged is 'The same over engaged trials.';
comment on column analysis.change_performance.max_dprime is 'Largest rolling d''; null in passive sessions.';
comment on column analysis.change_performance.max_dprime_engaged is 'Largest rolling d'' of an engaged trial.';
comment on column analysis.change_performance.dprime_reason is
    'Why there is no d'': passive, no_catch_trials, no_go_trials or no_trials; null where there is one.';
comment on column analysis.change_performance.dprime_engaged_reason is 'The same of engaged trials; no_engaged_trials besides.';
comment on column analysis.change_performance.source is 'Source of the session; simulated when it is made up.';
comment on column analysis.change_performance.is_excluded is 'Whether the session or its subject was taken out of analyses by hand.';

create or replace view analysis.change_rolling as
select
    rolling.session_id,
    rolling.trial,
    session.lab_name,
    session.subject_nickname,
    session.session_date,
    trial.start_s::double precision as start_s,
    rolling.latency_s::double precision as latency_s,
    rolling.reward_rate_per_min::double precision as reward_rate_per_min,
    rolling.is_engaged,
    rolling.hit_rate_raw::double precision as hit_rate_raw,
    rolling.hit_rate::double precision as hit_rate,
    rolling.false_alarm_rate_raw::double precision as false_alarm_rate_raw,
    rolling.false_alarm_rate::double precision as false_alarm_rate,
    rolling.rolling_dprime::double precision as rolling_dprime,
    session.source,
    session.is_excluded
from task.change_rolling as rolling
join task.change_trial as trial using (session_id, trial)
join core.session_context as session using (session_id)
where rolling.params_id = 'default';
comment on view analysis.change_rolling is
    'Performance around each trial of change detection, by the published software''s settings (parameter set default). One row per '
    'trial.';
comment on column analysis.change_rolling.session_id is 'The session.';
comment on column analysis.change_rolling.trial is 'Number of the trial, from 1.';
comment on column analysis.change_rolling.lab_name is 'Lab where the session was run.';
comment on column analysis.change_rolling.subject_nickname is 'Name of the subject within its lab: the mouse''s number.';
comment on column analysis.change_rolling.session_date is 'Calendar date at the rig.';
comment on column analysis.change_rolling.start_s is 'Start of the trial [s, session clock].';
comment on column analysis.change_rolling.latency_s is 'First lick in the response window minus the change [s]; null without one.';
comment on column analysis.change_rolling.reward_rate_per_min is 'Responses around the trial [per minute]; null in the first 10 trials.';
comment on column analysis.change_rolling.is_engaged is 'Whether it is above 2 per minute.';
comment on column analysis.change_rolling.hit_rate_raw is
    'Share of go trials with a hit among the last 100 trials, 0 to 1; null for aborted trials, as below.';
comment on column analysis.change_rolling.hit_rate is 'The same held half a trial away from 0 and 1.';
comment on column analysis.change_rolling.false_alarm_rate_raw is
    'Share of catch trials with a false alarm among the last 100 trials, 0 to 1.';
comment on column analysis.change_rolling.false_alarm_rate is 'The same held half a trial away from 0 and 1.';
comment on column analysis.change_rolling.rolling_dprime is 'd'' of both rates; null in passive sessions.';
comment on column analysis.change_rolling.source is 'Source of the session; simulated when it is made up.';
comment on column analysis.change_rolling.is_excluded is 'Whether the session or its subject was taken out of analyses by hand.';

create or replace view analysis.allen_performance_metrics as
select
    performance.session_id,
    fact.behavior_session_id,
    session.lab_name,
    session.subject_nickname,
    session.session_date,
    performance.trial_count,
    performance.go_trial_count,
    performance.catch_trial_count,
    performance.hit_trial_count,
    performance.miss_trial_count,
    performance.false_alarm_trial_count,
    performance.correct_reject_trial_count,
    performance.auto_reward_count,
    performance.earned_reward_count,
    performance.total_reward_count,
    performance.total_reward_volume_ml::double precision as total_reward_volume,
    performance.maximum_reward_rate_per_min::double precision as maximum_reward_rate,
    performance.engaged_trial_count,
    performance.mean_hit_rate::double precision as mean_hit_rate,
    performance.mean_hit_rate_uncorrected::double precision as mean_hit_rate_uncorrected,
    performance.mean_hit_rate_engaged::double precision as mean_hit_rate_engaged,
    performance.mean_false_alarm_rate::double precision as mean_false_alarm_rate,
    performance.mean_false_alarm_rate_uncorrected::double precision as mean_false_alarm_rate_uncorrected,
    performance.mean_false_alarm_rate_engaged::double precision as mean_false_alarm_rate_engaged,
    performance.reference_mean_dprime::double precision as mean_dprime,
    performance.reference_mean_dprime_engaged::double precision as mean_dprime_engaged,
    performance.reference_max_dprime::double precision as max_dprime,
    performance.reference_max_dprime_engaged::double precision as max_dprime_engaged,
    session.source,
    session.is_excluded
from task.change_performance as performance
join core.session_context as session using (session_id)
left join task.change_session_fact as fact using (session_id)
where performance.params_id = 'default';
comment on view analysis.allen_performance_metrics is
    'What get_performance_metrics of a session object of the Allen Institute''s package gives, under its names and with its values: d'' '
    'of passive sessions is 0. Means are of rolling values over trials. One row per session. Our own, where what is missing is null '
    'with its reason, is analysis.change_performance.';
comment on column analysis.allen_performance_metrics.session_id is 'The session.';
comment on column analysis.allen_performance_metrics.behavior_session_id is
    'Number of the session at the Allen Institute; null when it is in none of its tables.';
comment on column analysis.allen_performance_metrics.lab_name is 'Lab where the session was run.';
comment on column analysis.allen_performance_metrics.subject_nickname is 'Name of the subject within its lab: the mouse''s number.';
comment on column analysis.allen_performance_metrics.session_date is 'Calendar date at the rig.';
comment on column analysis.allen_performance_metrics.trial_count is 'Trials.';
comment on column analysis.allen_performance_metrics.go_trial_count is 'Go trials.';
comment on column analysis.allen_performance_metrics.catch_trial_count is 'Catch trials.';
comment on column analysis.allen_performance_metrics.hit_trial_count is 'Hits.';
comment on column analysis.allen_performance_metrics.miss_trial_count is 'Misses.';
comment on column analysis.allen_performance_metrics.false_alarm_trial_count is 'False alarms.';
comment on column analysis.allen_performance_metrics.correct_reject_trial_count is 'Correct rejects.';
comment on column analysis.allen_performance_metrics.auto_reward_count is 'Auto-rewarded trials.';
comment on column analysis.allen_performance_metrics.earned_reward_count is 'Hits.';
comment on column analysis.allen_performance_metrics.total_reward_count is 'Rewards.';
comment on column analysis.allen_performance_metrics.total_reward_volume is 'Water [mL].';
comment on column analysis.allen_performance_metrics.maximum_reward_rate is 'Largest reward rate [per minute]; null for NaN.';
comment on column analysis.allen_performance_metrics.engaged_trial_count is 'Trials with a reward rate above 2 per minute.';
comment on column analysis.allen_performance_metrics.mean_hit_rate is 'Mean rolling hit rate, 0 to 1; null for NaN, as below.';
comment on column analysis.allen_performance_metrics.mean_hit_rate_uncorrected is 'The same before limits, 0 to 1.';
comment on column analysis.allen_performance_metrics.mean_hit_rate_engaged is 'Over engaged trials, 0 to 1.';
comment on column analysis.allen_performance_metrics.mean_false_alarm_rate is 'Mean rolling false alarm rate, 0 to 1.';
comment on column analysis.allen_performance_metrics.mean_false_alarm_rate_uncorrected is 'The same before limits, 0 to 1.';
comment on column analysis.allen_performance_metrics.mean_false_alarm_rate_engaged is 'Over engaged trials, 0 to 1.';
comment on column analysis.allen_performance_metrics.mean_dprime is 'Mean rolling d''; 0 in passive sessions, as the package has it.';
comment on column analysis.allen_performance_metrics.mean_dprime_engaged is 'Over engaged trials.';
comment on column analysis.allen_performance_metrics.max_dprime is 'Largest rolling d''; 0 in passive sessions.';
comment on column analysis.allen_performance_metrics.max_dprime_engaged is 'Of engaged trials.';
comment on column analysis.allen_performance_metrics.source is 'Source of the session; simulated when it is made up.';
comment on column analysis.allen_performance_metrics.is_excluded is 'Whether the session or its subject was taken out of analyses by hand.';

create or replace view analysis.allen_rolling_performance as
select
    rolling.session_id,
    fact.behavior_session_id,
    rolling.trial - 1 as trials_id,
    session.lab_name,
    session.subject_nickname,
    session.session_date,
    rolling.reward_rate_per_min::double precision as reward_rate,
    rolling.hit_rate_raw::double precision as hit_rate_raw,
    rolling.hit_rate::double precision as hit_rate,
    rolling.false_alarm_rate_raw::double precision as false_alarm_rate_raw,
    rolling.false_alarm_rate::double precision as false_alarm_rate,
    rolling.reference_rolling_dprime::double precision as rolling_dprime,
    session.source,
    session.is_excluded
from task.change_rolling as rolling
join core.session_context as session using (session_id)
left join task.change_session_fact as fact using (session_id)
where rolling.params_id = 'default';
comment on view analysis.allen_rolling_performance is
    'What get_rolling_performance_df of a session object of the Allen Institute''s package gives, under its names and with its values; '
    'reward_rate alone is get_reward_rate. One row per trial.';
comment on column analysis.allen_rolling_performance.session_id is 'The session.';
comment on column analysis.allen_rolling_performance.behavior_session_id is
    'Number of the session at the Allen Institute; null when it is in none of its tables.';
comment on column analysis.allen_rolling_performance.trials_id is 'Number of the trial, from 0.';
comment on column analysis.allen_rolling_performance.lab_name is 'Lab where the session was run.';
comment on column analysis.allen_rolling_performance.subject_nickname is 'Name of the subject within its lab: the mouse''s number.';
comment on column analysis.allen_rolling_performance.session_date is 'Calendar date at the rig.';
comment on column analysis.allen_rolling_performance.reward_rate is 'Rewards per minute; null for NaN, as below.';
comment on column analysis.allen_rolling_performance.hit_rate_raw is 'Rolling hit rate, 0 to 1.';
comment on column analysis.allen_rolling_performance.hit_rate is 'The same within its limits, 0 to 1.';
comment on column analysis.allen_rolling_performance.false_alarm_rate_raw is 'Rolling false alarm rate, 0 to 1.';
comment on column analysis.allen_rolling_performance.false_alarm_rate is 'The same within its limits, 0 to 1.';
comment on column analysis.allen_rolling_performance.rolling_dprime is 'Rolling d''; 0 in passive sessions.';
comment on column analysis.allen_rolling_performance.source is 'Source of the session; simulated when it is made up.';
comment on column analysis.allen_rolling_performance.is_excluded is 'Whether the session or its subject was taken out of analyses by hand.';

create or replace view analysis.change_stage_criterion as
select
    criterion.session_id,
    criterion.criterion,
    day.subject_id,
    session.lab_name,
    session.subject_nickname,
    session.session_date,
    day.stage_criteria_set,
    day.params_id,
    day.training_day,
    day.n_days,
    day.n_days_without_trials,
    criterion.is_passed,
    criterion.reason,
    day.dprime_peak::double precision as dprime_peak,
    day.response_share::double precision as response_share,
    day.contingent_trial_count,
    day.engaged_trial_count,
    session.source,
    session.is_excluded
from task.change_training_criterion as criterion
join task.change_training_session as day using (subject_id, stage_criteria_set, params_id, session_id)
join core.session_context as session on session.session_id = criterion.session_id;
comment on view analysis.change_stage_criterion is
    'Verdicts of the rules by which a mouse goes on to the next stage of change detection, after every session. One row per session, '
    'rule and set of rules.';
comment on column analysis.change_stage_criterion.session_id is 'The session.';
comment on column analysis.change_stage_criterion.criterion is 'The rule, as in task.change_training_criterion.';
comment on column analysis.change_stage_criterion.subject_id is 'The subject.';
comment on column analysis.change_stage_criterion.lab_name is 'Lab where the session was run.';
comment on column analysis.change_stage_criterion.subject_nickname is 'Name of the subject within its lab: the mouse''s number.';
comment on column analysis.change_stage_criterion.session_date is 'Calendar date at the rig.';
comment on column analysis.change_stage_criterion.stage_criteria_set is 'Rules that were used.';
comment on column analysis.change_stage_criterion.params_id is 'Settings of d'' and engagement.';
comment on column analysis.change_stage_criterion.training_day is
    'Training day of the subject, from 1; days whose trials are not loaded count.';
comment on column analysis.change_stage_criterion.n_days is 'Days up to this one that the rules see.';
comment on column analysis.change_stage_criterion.n_days_without_trials is 'Days before it that they do not see.';
comment on column analysis.change_stage_criterion.is_passed is 'Whether the rule holds; null when there are not enough days.';
comment on column analysis.change_stage_criterion.reason is 'Why it is null.';
comment on column analysis.change_stage_criterion.dprime_peak is 'Largest rolling d'' of the day.';
comment on column analysis.change_stage_criterion.response_share is 'Share of the day''s go and catch trials with a response, 0 to 1.';
comment on column analysis.change_stage_criterion.contingent_trial_count is 'Go and catch trials of the day.';
comment on column analysis.change_stage_criterion.engaged_trial_count is 'Engaged trials of the day.';
comment on column analysis.change_stage_criterion.source is 'Source of the session; simulated when it is made up.';
comment on column analysis.change_stage_criterion.is_excluded is 'Whether the session or its subject was taken out of analyses by hand.';
