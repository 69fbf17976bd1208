-- Two-alternative choice: sessions, trials and what was recorded beside them.
-- Source: spec/ibl_behavior.md, 0, 1.6, 7 and 11.2.

create type task.completeness as enum ('complete', 'partial', 'missing');
comment on type task.completeness is
    'How much of a column a session has: complete, partial (some values missing) or missing (none).';

create table task.choice_session (
    session_id uuid not null,
    n_trials integer not null,
    n_correct integer,
    trials_start_s units.seconds,
    trials_end_s units.seconds,
    stim_on_status task.completeness not null default 'missing',
    go_cue_status task.completeness not null default 'missing',
    go_cue_trigger_status task.completeness not null default 'missing',
    first_movement_status task.completeness not null default 'missing',
    response_status task.completeness not null default 'missing',
    feedback_status task.completeness not null default 'missing',
    reward_volume_status task.completeness not null default 'missing',
    rep_num_status task.completeness not null default 'missing',
    iti_status task.completeness not null default 'missing',
    included_status task.completeness not null default 'missing',
    constraint choice_session_pkey primary key (session_id),
    constraint choice_session_n_trials_check check (n_trials >= 0),
    constraint choice_session_n_correct_check check (n_correct between 0 and n_trials),
    constraint choice_session_session_fkey foreign key (session_id)
        references core.session on delete restrict
);
comment on table task.choice_session is
    'Sessions of two-alternative choice whose trials are loaded. One row per session, written together with its trials.';
comment on column task.choice_session.session_id is 'The session.';
comment on column task.choice_session.n_trials is
    'Number of trials in the source; some of them may not be in task.choice_trial (end, choice or probability missing).';
comment on column task.choice_session.n_correct is
    'Trials reported on the side of a contrast above 0: zero-contrast trials never count, whatever the feedback.';
comment on column task.choice_session.trials_start_s is 'Start of the first trial [s, session clock].';
comment on column task.choice_session.trials_end_s is 'End of the last trial [s, session clock].';
comment on column task.choice_session.stim_on_status is 'Completeness of stim_on_s.';
comment on column task.choice_session.go_cue_status is 'Completeness of go_cue_s.';
comment on column task.choice_session.go_cue_trigger_status is 'Completeness of go_cue_trigger_s.';
comment on column task.choice_session.first_movement_status is 'Completeness of first_movement_s.';
comment on column task.choice_session.response_status is 'Completeness of response_s.';
comment on column task.choice_session.feedback_status is 'Completeness of feedback_s.';
comment on column task.choice_session.reward_volume_status is 'Completeness of reward_volume_ul.';
comment on column task.choice_session.rep_num_status is 'Completeness of rep_num.';
comment on column task.choice_session.iti_status is 'Completeness of iti_s.';
comment on column task.choice_session.included_status is 'Completeness of is_included.';

create table task.choice_trial (
    session_id uuid not null,
    trial integer not null,
    start_s units.seconds,
    end_s units.seconds,
    stim_on_s units.seconds,
    stim_off_s units.seconds,
    go_cue_s units.seconds,
    go_cue_trigger_s units.seconds,
    first_movement_s units.seconds,
    response_s units.seconds,
    feedback_s units.seconds,
    contrast_left units.fraction,
    contrast_right units.fraction,
    signed_contrast units.signed_fraction generated always as (
        case
            when contrast_left is not null or contrast_right is not null
                then coalesce(contrast_right, 0) - coalesce(contrast_left, 0)
        end
    ) stored,
    probability_left units.fraction,
    choice smallint not null,
    feedback_type smallint,
    reward_volume_ul units.microlitres,
    rep_num integer,
    iti_s units.seconds,
    quiescent_period_s units.seconds,
    is_included boolean,
    constraint choice_trial_pkey primary key (session_id, trial),
    constraint choice_trial_trial_check check (trial >= 1),
    constraint choice_trial_choice_check check (choice in (-1, 0, 1)),
    constraint choice_trial_feedback_type_check check (feedback_type in (-1, 0, 1)),
    constraint choice_trial_rep_num_check check (rep_num >= 0),
    constraint choice_trial_choice_session_fkey foreign key (session_id)
        references task.choice_session on delete cascade
);
comment on table task.choice_trial is
    'Trials of two-alternative choice. One row per trial. Times are on the session''s clock.';
comment on column task.choice_trial.session_id is 'The session.';
comment on column task.choice_trial.trial is 'Number of the trial within its session, from 1; numbers of trials left out stay free.';
comment on column task.choice_trial.start_s is 'Start of the trial [s]; null when the source has no intervals.';
comment on column task.choice_trial.end_s is 'End of the trial, inter-trial interval included [s].';
comment on column task.choice_trial.stim_on_s is 'Stimulus seen by the photodiode [s].';
comment on column task.choice_trial.stim_off_s is 'Stimulus gone from the screen [s].';
comment on column task.choice_trial.go_cue_s is 'Go tone heard [s].';
comment on column task.choice_trial.go_cue_trigger_s is 'Go tone commanded [s].';
comment on column task.choice_trial.first_movement_s is 'First wheel movement of the trial [s]; null when there was none.';
comment on column task.choice_trial.response_s is 'Response, or end of the response window [s].';
comment on column task.choice_trial.feedback_s is 'Reward or error tone [s].';
comment on column task.choice_trial.contrast_left is 'Contrast on the left, 0 to 1; null when the stimulus was on the right.';
comment on column task.choice_trial.contrast_right is 'Contrast on the right, 0 to 1; null when the stimulus was on the left.';
comment on column task.choice_trial.signed_contrast is
    'Contrast right minus left, -1 to 1, absent side counted as 0; generated, never written. Both zero sides are 0.';
comment on column task.choice_trial.probability_left is 'Probability that the stimulus is on the left in this block, 0 to 1.';
comment on column task.choice_trial.choice is
    '-1 wheel turned counter-clockwise: the animal reports right; 1 clockwise: left; 0 no response in time.';
comment on column task.choice_trial.feedback_type is '1 reward, -1 error tone (also for no response); 0 only in odd files.';
comment on column task.choice_trial.reward_volume_ul is 'Water given [uL], 0 when none.';
comment on column task.choice_trial.rep_num is 'How often this stimulus was repeated before after an error, 0 for never.';
comment on column task.choice_trial.iti_s is 'Inter-trial interval [s].';
comment on column task.choice_trial.quiescent_period_s is 'Time without movement that was asked before the stimulus [s].';
comment on column task.choice_trial.is_included is
    'Whether the source includes the trial in analyses; null when it does not say.';

create table task.wheel_recording (
    session_id uuid not null,
    n_samples integer not null,
    start_s units.seconds,
    end_s units.seconds,
    sampling_rate_hz units.hertz,
    net_rotation_rad units.radians,
    total_rotation_rad units.radians,
    has_velocity boolean not null default false,
    constraint wheel_recording_pkey primary key (session_id),
    constraint wheel_recording_n_samples_check check (n_samples >= 0),
    constraint wheel_recording_session_fkey foreign key (session_id)
        references core.session on delete restrict
);
comment on table task.wheel_recording is 'Summary of a session''s wheel trace. One row per session with a wheel recording.';
comment on column task.wheel_recording.session_id is 'The session.';
comment on column task.wheel_recording.n_samples is 'Number of samples.';
comment on column task.wheel_recording.start_s is 'Time of the first sample [s, session clock].';
comment on column task.wheel_recording.end_s is 'Time of the last sample [s, session clock].';
comment on column task.wheel_recording.sampling_rate_hz is 'One over the median interval between samples [Hz].';
comment on column task.wheel_recording.net_rotation_rad is 'Last position minus first [rad]; counter-clockwise is positive.';
comment on column task.wheel_recording.total_rotation_rad is 'Sum of the absolute steps [rad].';
comment on column task.wheel_recording.has_velocity is 'Whether the source also has a velocity trace.';

create table task.wheel_move (
    session_id uuid not null,
    move integer not null,
    onset_s units.seconds not null,
    offset_s units.seconds not null,
    peak_amplitude_rad units.radians,
    constraint wheel_move_pkey primary key (session_id, move),
    constraint wheel_move_move_check check (move >= 1),
    constraint wheel_move_offset_s_check check (offset_s >= onset_s),
    constraint wheel_move_session_fkey foreign key (session_id) references core.session on delete restrict
);
comment on table task.wheel_move is 'Movements of the wheel found in its trace by the source. One row per movement.';
comment on column task.wheel_move.session_id is 'The session.';
comment on column task.wheel_move.move is 'Number of the movement within its session, from 1.';
comment on column task.wheel_move.onset_s is 'Start of the movement [s, session clock].';
comment on column task.wheel_move.offset_s is 'End of the movement [s, session clock].';
comment on column task.wheel_move.peak_amplitude_rad is
    'Signed displacement from the onset of largest size [rad]; counter-clockwise is positive.';

create table task.lick (
    session_id uuid not null,
    lick integer not null,
    time_s units.seconds not null,
    constraint lick_pkey primary key (session_id, lick),
    constraint lick_lick_check check (lick >= 1),
    constraint lick_session_fkey foreign key (session_id) references core.session on delete restrict
);
comment on table task.lick is 'Licks at the spout. One row per lick.';
comment on column task.lick.session_id is 'The session.';
comment on column task.lick.lick is 'Number of the lick within its session, from 1.';
comment on column task.lick.time_s is 'Time of the lick [s, session clock].';

create table task.extra_reward (
    session_id uuid not null,
    reward integer not null,
    time_s units.seconds not null,
    constraint extra_reward_pkey primary key (session_id, reward),
    constraint extra_reward_reward_check check (reward >= 1),
    constraint extra_reward_session_fkey foreign key (session_id) references core.session on delete restrict
);
comment on table task.extra_reward is 'Rewards given outside the trials'' feedback. One row per reward.';
comment on column task.extra_reward.session_id is 'The session.';
comment on column task.extra_reward.reward is 'Number of the reward within its session, from 1.';
comment on column task.extra_reward.time_s is 'Time of the reward [s, session clock].';

create table task.session_pool (
    pool_id text not null,
    description text,
    subject_id uuid,
    constraint session_pool_pkey primary key (pool_id),
    constraint session_pool_pool_id_check check (pool_id <> ''),
    constraint session_pool_subject_fkey foreign key (subject_id) references core.subject on delete restrict
);
create index session_pool_subject_idx on task.session_pool (subject_id);
comment on table task.session_pool is 'Named sets of sessions whose trials are fitted together. One row per set.';
comment on column task.session_pool.pool_id is 'Name of the set; the key.';
comment on column task.session_pool.description is 'Why these sessions belong together.';
comment on column task.session_pool.subject_id is 'Subject of all its sessions; null when they have several.';

create table task.session_pool_member (
    pool_id text not null,
    session_id uuid not null,
    constraint session_pool_member_pkey primary key (pool_id, session_id),
    constraint session_pool_member_session_pool_fkey foreign key (pool_id)
        references task.session_pool on delete restrict,
    constraint session_pool_member_choice_session_fkey foreign key (session_id)
        references task.choice_session on delete restrict
);
create index session_pool_member_choice_session_idx on task.session_pool_member (session_id);
comment on table task.session_pool_member is 'Sessions of a set. One row per set and session.';
comment on column task.session_pool_member.pool_id is 'The set.';
comment on column task.session_pool_member.session_id is 'The session.';

create table task.published_fit (
    pool_id text not null,
    source text not null,
    bias_percent units.percent,
    threshold_percent units.percent,
    lapse_low units.fraction,
    lapse_high units.fraction,
    fraction_correct_easy units.fraction,
    fraction_right_zero units.fraction,
    median_reaction_s units.seconds,
    constraint published_fit_pkey primary key (pool_id),
    constraint published_fit_session_pool_fkey foreign key (pool_id)
        references task.session_pool on delete restrict
);
comment on table task.published_fit is
    'Psychometric parameters that a paper published for a set of sessions, to compare with ours. One row per set.';
comment on column task.published_fit.pool_id is 'The set of sessions.';
comment on column task.published_fit.source is 'Paper and table that the numbers come from.';
comment on column task.published_fit.bias_percent is 'Bias [% contrast].';
comment on column task.published_fit.threshold_percent is 'Threshold [% contrast].';
comment on column task.published_fit.lapse_low is 'Lapse rate at the left end, 0 to 1.';
comment on column task.published_fit.lapse_high is 'Lapse rate at the right end, 0 to 1.';
comment on column task.published_fit.fraction_correct_easy is
    'Share rewarded of the trials with signed contrast above 50 %, 0 to 1.';
comment on column task.published_fit.fraction_right_zero is
    'Share reported right of the responses at contrast 0, 0 to 1.';
comment on column task.published_fit.median_reaction_s is
    'Median of response minus stimulus onset over trials with a response [s].';

-- Computed tables live in this schema too, so that what ingest may write is named here.
grant insert, update, delete on
    task.choice_session,
    task.choice_trial,
    task.wheel_recording,
    task.wheel_move,
    task.lick,
    task.extra_reward,
    task.session_pool,
    task.session_pool_member,
    task.published_fit
    to trialbase_ingest;
