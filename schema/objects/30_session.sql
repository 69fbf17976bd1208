-- Sessions, subjects and days for analysts: what was run, joined with what was computed. Outer joins throughout:
-- a session stands here whether or not it has trials or results yet.
-- Parameter sets: psychometric fit `status`, reaction time `default`. Training status by the criteria `warehouse`, which the
-- tutorial reads; those of the later library stand beside it (training_status_brainbox).

create or replace view analysis.session as
select
    session.session_id,
    session.lab_name,
    session.institution_short,
    session.subject_id,
    session.subject_nickname,
    session.sex,
    session.age_days,
    session.session_date,
    session.session_number,
    session.start_time,
    session.start_local,
    session.is_start_time_known,
    session.end_time,
    session.duration_s,
    session.is_duration_from_trials,
    session.task_protocol,
    session.is_protocol_inferred,
    session.task,
    session.rig,
    session.project_names,
    session.user_names,
    coalesce(choice_session.n_trials, change_session.n_trials) as n_trials,
    performance.n_without_contrast,
    performance.performance::double precision as performance,
    performance.performance_easy::double precision as performance_easy,
    performance.fraction_correct::double precision as fraction_rewarded,
    performance.fraction_correct_easy::double precision as fraction_rewarded_easy,
    performance.nogo_fraction::double precision as nogo_fraction,
    performance.median_response_time_s::double precision as median_response_time_s,
    reaction_time.session_id is not null as has_reaction_time,
    reaction_time.median_s::double precision as median_reaction_time_s,
    fit.bias_percent::double precision as bias_percent,
    fit.threshold_percent::double precision as threshold_percent,
    fit.lapse_low::double precision as lapse_low,
    fit.lapse_high::double precision as lapse_high,
    fit.fit_quality,
    fit.bias_shift_percent::double precision as bias_shift_percent,
    fit.bias_shift_quality,
    block_50.bias_percent::double precision as bias_50_percent,
    block_50.threshold_percent::double precision as threshold_50_percent,
    block_50.fit_quality as fit_50_quality,
    warehouse.status as training_status,
    warehouse.n_days as training_status_n_days,
    brainbox.status as training_status_brainbox,
    brainbox.n_days as training_status_brainbox_n_days,
    case when session.task in ('biased', 'ephys') then performance.is_block_structure_flagged end as is_block_structure_flagged,
    session.source,
    session.is_excluded
from core.session_context as session
left join task.choice_session using (session_id)
left join task.change_session using (session_id)
left join task.session_performance as performance using (session_id)
left join task.psychometric_fit as fit
    on fit.session_id = session.session_id
    and fit.params_id = 'status'
left join task.psychometric_block as block_50
    on block_50.session_id = session.session_id
    and block_50.params_id = 'status'
    and block_50.block = 50
left join task.reaction_time
    on reaction_time.session_id = session.session_id
    and reaction_time.params_id = 'default'
left join task.training_status as warehouse
    on warehouse.session_id = session.session_id
    and warehouse.subject_id = session.subject_id
    and warehouse.criteria_set = 'warehouse'
left join task.training_status as brainbox
    on brainbox.session_id = session.session_id
    and brainbox.subject_id = session.subject_id
    and brainbox.criteria_set = 'brainbox';
comment on view analysis.session is
    'Sessions with performance, psychometric fit, reaction time and training status, as far as computed. One row per session.';
comment on column analysis.session.session_id is 'The session''s key.';
comment on column analysis.session.lab_name is 'Lab where the session was run.';
comment on column analysis.session.institution_short is 'Short name of the lab''s institution.';
comment on column analysis.session.subject_id is 'The subject''s key.';
comment on column analysis.session.subject_nickname is 'Name of the subject within its lab.';
comment on column analysis.session.sex is 'Sex of the subject: M, F or U.';
comment on column analysis.session.age_days is 'Age of the subject on the session''s date [days].';
comment on column analysis.session.session_date is 'Calendar date at the rig.';
comment on column analysis.session.session_number is 'Number of the session within its subject and date.';
comment on column analysis.session.start_time is 'Start; null when only the date is known.';
comment on column analysis.session.start_local is 'Start as the rig''s clock showed it, without zone; null when only the date is known.';
comment on column analysis.session.is_start_time_known is 'Whether the time of day of the start is known.';
comment on column analysis.session.end_time is 'End; null when not recorded.';
comment on column analysis.session.duration_s is
    'End minus start [s]; where either is not recorded, from the start of the first trial to the end of the last (is_duration_from_trials).';
comment on column analysis.session.is_duration_from_trials is 'Whether duration_s is the span of the trials.';
comment on column analysis.session.task_protocol is
    'Name and version of the task; where it was not recorded, training or biased as the trials'' probabilities tell.';
comment on column analysis.session.is_protocol_inferred is 'True when task_protocol was inferred from the trials.';
comment on column analysis.session.task is
    'habituation, training, biased or ephys, as the protocol names it or the trials tell; change detection for sessions of that task; null '
    'when none is known.';
comment on column analysis.session.rig is 'Board or rig that ran the task.';
comment on column analysis.session.project_names is 'Projects of the session, separated by commas.';
comment on column analysis.session.user_names is 'People who ran the session, separated by commas.';
comment on column analysis.session.n_trials is 'Trials in the source; null when no trials are loaded.';
comment on column analysis.session.n_without_contrast is
    'Trials whose contrast is not recorded: what asks for a contrast leaves them out, and is partial when this is above 0.';
comment on column analysis.session.performance is
    'Share of the trials with a contrast reported on the side of a contrast above 0, 0 to 1: no-go and zero contrast lower it. Judged by '
    'the side of the report.';
comment on column analysis.session.performance_easy is
    'Share of the trials with 50 % contrast or more reported on the right side, no-go as error, 0 to 1; null when there are none.';
comment on column analysis.session.fraction_rewarded is
    'Share rewarded of the trials with a response, at any contrast, 0 included, 0 to 1. Judged by the feedback; no-go does not lower it.';
comment on column analysis.session.fraction_rewarded_easy is
    'Share rewarded of the trials with a response at 50 % contrast or more, 0 to 1; null for none.';
comment on column analysis.session.nogo_fraction is 'Share of trials without response, 0 to 1.';
comment on column analysis.session.median_response_time_s is
    'Median of response minus stimulus onset over trials with a response [s].';
comment on column analysis.session.has_reaction_time is 'Whether task.reaction_time has the session.';
comment on column analysis.session.median_reaction_time_s is
    'Median reaction time as the IBL''s database and paper have it [s]: response minus stimulus onset, or minus the go cue''s trigger where '
    'the onset is missing; no-go trials count.';
comment on column analysis.session.bias_percent is
    'Bias of the psychometric curve over all trials [% contrast]; means little unless fit_quality is good. Parameter set status: a trial '
    'without response counts as one that did not go right; other sets are in task.psychometric_fit.';
comment on column analysis.session.threshold_percent is
    'Threshold (width) of the same curve [% contrast]; means little unless fit_quality is good.';
comment on column analysis.session.lapse_low is 'Lapse rate at the left end, 0 to 1.';
comment on column analysis.session.lapse_high is 'Lapse rate at the right end, 0 to 1.';
comment on column analysis.session.fit_quality is
    'Whether these four mean something: good, at_bound, too_few_levels or flat; see task.psychometric_fit. Take means over good ones.';
comment on column analysis.session.bias_shift_percent is
    'Bias in the block with probability left 0.8 minus that in the block 0.2 [% contrast]; null unless both were fitted. Whether it means '
    'something is told by bias_shift_quality, not by fit_quality.';
comment on column analysis.session.bias_shift_quality is
    'Whether bias_shift_percent means something: the worse fit_quality of its two blocks; average where it is good. Null unless both were '
    'fitted.';
comment on column analysis.session.bias_50_percent is 'Bias over the 50:50 trials [% contrast]; null when there are none.';
comment on column analysis.session.threshold_50_percent is 'Threshold over the 50:50 trials [% contrast]; null when there are none.';
comment on column analysis.session.fit_50_quality is 'As fit_quality, of the fit to the 50:50 trials.';
comment on column analysis.session.training_status is
    'Training status of the subject after this session by the rules of the IBL''s database (criteria set warehouse); null for sessions '
    'without contrasts.';
comment on column analysis.session.training_status_n_days is 'Dates that were judged for it: nothing is reached with fewer than three sessions.';
comment on column analysis.session.training_status_brainbox is 'The same by the rules of the later library, which judges as many days as there are.';
comment on column analysis.session.training_status_brainbox_n_days is 'Dates that were judged for it, at most three.';
comment on column analysis.session.is_block_structure_flagged is
    'Whether the blocks of a biased or ephys session look wrong (too short), see task.session_performance; null for other tasks, whose '
    'probabilities may change from trial to trial.';
comment on column analysis.session.source is 'Source of the session; simulated when it is made up.';
comment on column analysis.session.is_excluded is 'Whether the session or its subject was taken out of analyses by hand (trialbase exclude).';

create or replace view analysis.learning_curve as
with known as (
    select
        session.subject_id,
        session.session_date,
        session.source,
        session.is_excluded,
        bool_and(session.is_excluded) over (partition by session.subject_id, session.session_date) as is_day_excluded,
        performance.n_trials,
        performance.n_without_contrast,
        performance.n_correct,
        performance.n_easy,
        round(performance.performance_easy * performance.n_easy) as n_correct_easy
    from core.session_context as session
    join task.session_performance as performance using (session_id)
),
day as (
    select
        subject_id,
        session_date,
        count(*)::integer as n_sessions,
        sum(n_trials)::integer as n_trials,
        sum(n_without_contrast)::integer as n_without_contrast,
        sum(n_correct)::integer as n_correct,
        sum(n_easy)::integer as n_easy,
        sum(n_correct_easy) as n_correct_easy,
        string_agg(distinct source, ', ' order by source) as source,
        bool_and(is_day_excluded) as is_excluded
    from known
    where is_day_excluded or not is_excluded
    group by subject_id, session_date
)
select
    day.subject_id,
    subject.lab_name,
    lab.institution_short,
    subject.nickname as subject_nickname,
    day.session_date,
    training_day.training_day,
    day.n_sessions,
    day.n_trials,
    day.n_without_contrast,
    day.n_easy,
    day.n_correct::double precision / nullif(day.n_trials - day.n_without_contrast, 0) as performance,
    (day.n_correct_easy / nullif(day.n_easy, 0))::double precision as performance_easy,
    day.source,
    day.is_excluded
from day
join analysis.training_day using (subject_id, session_date)
join core.subject on subject.subject_id = day.subject_id
join core.lab on lab.lab_name = subject.lab_name;
comment on view analysis.learning_curve is
    'Performance of a subject day by day, sessions of a date pooled; those that were taken out of analyses only where the date has no '
    'others. One row per subject and date with computed performance.';
comment on column analysis.learning_curve.subject_id is 'The subject''s key.';
comment on column analysis.learning_curve.lab_name is 'Lab that keeps the subject.';
comment on column analysis.learning_curve.institution_short is 'Short name of the lab''s institution.';
comment on column analysis.learning_curve.subject_nickname is 'Name of the subject within its lab.';
comment on column analysis.learning_curve.session_date is 'The date.';
comment on column analysis.learning_curve.training_day is 'Training day of the subject, from 1; see analysis.training_day.';
comment on column analysis.learning_curve.n_sessions is 'Sessions of the date that are pooled.';
comment on column analysis.learning_curve.n_trials is 'Trials of these sessions.';
comment on column analysis.learning_curve.n_without_contrast is 'Trials of these sessions whose contrast is not recorded; they count in neither share.';
comment on column analysis.learning_curve.n_easy is 'Trials of these sessions with 50 % contrast or more.';
comment on column analysis.learning_curve.performance is
    'Share of the trials with a contrast reported on the side of a contrast above 0, 0 to 1; null when none has a contrast.';
comment on column analysis.learning_curve.performance_easy is
    'Share of the n_easy trials reported on the right side, no-go as error, 0 to 1; null when there are none.';
comment on column analysis.learning_curve.source is 'Sources of the sessions; simulated when they are made up.';
comment on column analysis.learning_curve.is_excluded is 'Whether all sessions of the date, or the subject, were taken out of analyses by hand.';

create or replace view analysis.subject as
with trained as (
    select
        training_status.subject_id,
        min(session.session_date) filter (where training_status.status in ('trained 1a', 'trained 1b'))
            as trained_date
    from task.training_status
    join core.session on session.session_id = training_status.session_id
    where training_status.criteria_set = 'warehouse'
    group by training_status.subject_id
),
run as (
    select
        session.subject_id,
        count(*)::integer as n_sessions,
        (count(*) filter (where session.is_excluded))::integer as n_sessions_excluded,
        coalesce(sum(coalesce(choice_session.n_trials, change_session.n_trials)), 0)::integer as n_trials,
        min(session.session_date) as first_session_date,
        max(session.session_date) as last_session_date
    from core.session_context as session
    left join task.choice_session using (session_id)
    left join task.change_session using (session_id)
    group by session.subject_id
)
select
    subject.subject_id,
    subject.lab_name,
    subject.institution_short,
    subject.subject_nickname,
    subject.sex,
    subject.birth_date,
    subject.death_date,
    subject.species_name,
    subject.strain_name,
    subject.line_name,
    subject.project_names,
    coalesce(run.n_sessions, 0) as n_sessions,
    coalesce(run.n_sessions_excluded, 0) as n_sessions_excluded,
    coalesce(run.n_trials, 0) as n_trials,
    run.first_session_date,
    run.last_session_date,
    training_history.latest_status as training_status,
    training_history.n_days as training_n_days,
    trained.trained_date,
    subject.source,
    subject.is_excluded
from core.subject_context as subject
left join run using (subject_id)
left join task.training_history
    on training_history.subject_id = subject.subject_id
    and training_history.criteria_set = 'warehouse'
left join trained on trained.subject_id = subject.subject_id;
comment on view analysis.subject is
    'Subjects with how much they were run and how far they came. One row per subject.';
comment on column analysis.subject.subject_id is 'The subject''s key.';
comment on column analysis.subject.lab_name is 'Lab that keeps the subject.';
comment on column analysis.subject.institution_short is 'Short name of the lab''s institution.';
comment on column analysis.subject.subject_nickname is 'Name of the subject within its lab.';
comment on column analysis.subject.sex is 'M male, F female, U not known.';
comment on column analysis.subject.birth_date is 'Day of birth.';
comment on column analysis.subject.death_date is 'Day of death; null while the subject lives.';
comment on column analysis.subject.species_name is 'Species.';
comment on column analysis.subject.strain_name is 'Genetic background.';
comment on column analysis.subject.line_name is 'Breeding line.';
comment on column analysis.subject.project_names is 'Projects, separated by commas.';
comment on column analysis.subject.n_sessions is 'Sessions, of every protocol.';
comment on column analysis.subject.n_sessions_excluded is 'Of these, taken out of analyses by hand, themselves or with the subject.';
comment on column analysis.subject.n_trials is 'Trials of the sessions whose trials are loaded, of whatever task.';
comment on column analysis.subject.first_session_date is 'Date of the first session.';
comment on column analysis.subject.last_session_date is 'Date of the last session.';
comment on column analysis.subject.training_status is
    'Training status after the last session by the rules of the IBL''s database (criteria set warehouse); null when not computed.';
comment on column analysis.subject.training_n_days is 'Dates whose sessions led to it.';
comment on column analysis.subject.trained_date is 'First date with status trained 1a or trained 1b; null when there is none.';
comment on column analysis.subject.source is 'Sources of the subject''s sessions; simulated when it is made up; null without sessions.';
comment on column analysis.subject.is_excluded is 'Whether the subject was taken out of analyses by hand (trialbase exclude).';

-- erf is in PostgreSQL 16 and later only. Abramowitz and Stegun, Handbook of Mathematical Functions, 7.1.26:
-- absolute error at most 1.5e-7, far below what a figure shows. Fits are made elsewhere, at full precision.
create or replace function analysis.psychometric_value(
    contrast_percent double precision,
    bias_percent double precision,
    threshold_percent double precision,
    lapse_low double precision,
    lapse_high double precision
) returns double precision
    language sql immutable strict parallel safe
as $$
    select lapse_low + (1 - lapse_low - lapse_high) * (1 + sign(x.z) * (
        1 - ((((1.061405429 * t.t - 1.453152027) * t.t + 1.421413741) * t.t - 0.284496736) * t.t + 0.254829592)
            * t.t * exp(-least(x.z * x.z, 700))
    )) / 2
    from (select (contrast_percent - bias_percent) / nullif(threshold_percent, 0)) as x (z)
    cross join lateral (select 1 / (1 + 0.3275911 * abs(x.z))) as t (t)
$$;
comment on function analysis.psychometric_value(
    double precision, double precision, double precision, double precision, double precision
) is
    'Probability of reporting right at a signed contrast [%], from the parameters of a psychometric fit; exact to 2e-7.';
