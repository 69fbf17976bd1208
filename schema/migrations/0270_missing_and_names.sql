-- Results say what they lack, and times and shares are named for what they are. The renamed columns keep their values
-- until populate has computed them again; the checks of fit_quality let rows of earlier computations stand without one.

-- The views are made again by schema/objects, with other columns. Without cascade: a view of somebody else's that builds
-- on one of these stops the migration and is named, instead of vanishing.
drop view if exists
    analysis.photometry_analysis_recording,
    analysis.photometry_analysis_session,
    analysis.photometry_gate,
    analysis.photometry_session,
    analysis.photometry_performance,
    analysis.photometry_qc,
    analysis.photometry_response,
    analysis.photometry_response_trace,
    analysis.photometry_trial_regressor,
    analysis.photometry_recording,
    analysis.photometry_error,
    analysis.photometry_duplicate,
    analysis.ibl_behavioral_summary_by_date,
    analysis.ibl_session_training_status,
    analysis.ibl_psych_results_block,
    analysis.ibl_psych_results,
    analysis.ibl_trial,
    analysis.ibl_trial_set,
    analysis.ibl_session_user,
    analysis.ibl_session,
    analysis.ibl_death,
    analysis.ibl_subject_project,
    analysis.ibl_subject_lab,
    analysis.ibl_subject,
    analysis.ibl_lab,
    analysis.exclusion,
    analysis.subject,
    analysis.learning_curve,
    analysis.session,
    analysis.session_order,
    analysis.training_day,
    analysis.trial_history,
    analysis.trial,
    task.trial,
    core.session_context,
    core.subject_context;

-- Contrasts that are missing.
alter table task.session_performance
    alter column n_correct drop not null,
    add column n_without_contrast integer not null default 0;
alter table task.session_performance
    alter column n_without_contrast drop default;
comment on column task.session_performance.n_correct is
    'Trials reported on the side of a contrast above 0: zero contrast never counts, whatever the feedback; null when no trial has a contrast.';
comment on column task.session_performance.n_without_contrast is
    'Trials whose contrast is not recorded. They count in n_trials, n_rewarded, n_nogo and the medians over all trials, and in nothing that asks for a contrast.';
comment on column task.session_performance.performance is
    'n_correct / (n_trials - n_without_contrast), 0 to 1: missing responses and zero contrast lower it; null when no trial has a contrast.';

-- Response minus stimulus onset is a response time; task.reaction_time has the reaction time of the paper.
alter table task.session_performance rename column median_reaction_s to median_response_time_s;
alter table task.session_performance rename column median_reaction_zero_s to median_response_time_zero_s;
alter table task.training_status rename column median_reaction_s to median_response_time_s;
alter table task.training_status rename column median_reaction_zero_s to median_response_time_zero_s;
alter table task.pooled_psychometric_fit rename column median_reaction_s to median_response_time_s;
alter table task.published_fit rename column median_reaction_s to median_response_time_s;
alter table task.training_status rename column performance_easy to performance_easy_rewarded;
comment on column task.reaction_time.median_s is
    'Median reaction time of the session as the IBL''s database has it [s]: response minus stimulus onset, or minus the go cue''s '
    'trigger where the onset is missing; trials without response count. Not median_response_time_s, which knows no go cue and '
    'leaves out trials without response, and not the onset of movement (movement_onset_time_s of analysis.trial).';

-- Fits that say nothing.
alter table task.psychometric_fit add column fit_quality text
    constraint psychometric_fit_fit_quality_check check (fit_quality in ('good', 'at_bound', 'too_few_levels', 'flat'));
alter table photometry.block_psychometric add column fit_quality text
    constraint block_psychometric_fit_quality_check check (fit_quality in ('good', 'at_bound', 'too_few_levels', 'flat'));
alter table task.psychometric_block add column fit_quality text
    constraint psychometric_block_fit_quality_check check (fit_quality in ('good', 'at_bound', 'too_few_levels', 'flat'));
alter table task.pooled_psychometric_fit add column fit_quality text
    constraint pooled_psychometric_fit_fit_quality_check check (fit_quality in ('good', 'at_bound', 'too_few_levels', 'flat'));
comment on column task.psychometric_fit.fit_quality is
    'Whether the parameters mean something. too_few_levels: fewer contrasts than parameters (none are given for a single one, or fewer than '
    'the set asks); at_bound: the search ended at the edge of its box in bias, threshold or an upper lapse; flat: the likelihood does '
    'not tell the parameters; else good. Summaries take the good ones. Null: computed before quality was judged.';
comment on column task.psychometric_block.fit_quality is 'As in task.psychometric_fit, of this block''s function.';
comment on column photometry.block_psychometric.fit_quality is 'As in task.psychometric_fit, of this block''s function.';
comment on column task.pooled_psychometric_fit.fit_quality is 'As in task.psychometric_fit, of this set''s function.';

-- Training status by two sets of rules.
comment on table task.training_history is
    'How far training came. One row per subject whose sessions show contrasts and set of rules; all such sessions are folded in order. '
    'Computed by training_history.';
comment on column task.training_history.n_sessions is 'Sessions that show contrasts.';
comment on table task.training_status is
    'Training status after a session. One row per subject, set of rules and session that shows contrasts. By brainbox the sessions of '
    'one date share what was judged; by warehouse each is judged with the two before it. Part of task.training_history.';
comment on column task.training_status.judged_status is
    'Status by the judged days alone, which may be lower; by warehouse the same as status.';
comment on column task.training_status.next_status is
    'Status whose criteria are in task.training_criterion: the next one after judged_status; null on habituation days, and by warehouse.';
comment on column task.training_status.n_days is
    'Days that were judged together. By brainbox the date of the session and up to two before it, habituation left out, judged however '
    'few they are; by warehouse the dates of up to three sessions, and nothing above in_training is reached with fewer than three.';
comment on column task.training_status.performance_easy_rewarded is
    'Share rewarded of the session''s trials with a contrast of at least 50 %, no response as error, 0 to 1; null for none.';
