-- Sessions, subjects and days for analysts: what was run, joined with what was computed. Outer joins throughout:
-- a session stands here whether or not it has trials or results yet.
-- Parameter sets: psychometric fit `status`, reaction time `default`, training criteria `brainbox`.

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
    session.end_time,
    session.duration_s,
    coalesce(session.task_protocol, performance.inferred_protocol) as task_protocol,
    session.is_protocol_inferred
        or (session.task_protocol is null and performance.inferred_protocol is not null)
        as is_protocol_inferred,
    session.rig,
    session.project_names,
    session.user_names,
    choice_session.n_trials,
    performance.performance,
    performance.performance_easy,
    performance.nogo_fraction,
    performance.median_reaction_s,
    reaction_time.session_id is not null as has_reaction_time,
    fit.bias_percent,
    fit.threshold_percent,
    fit.lapse_low,
    fit.lapse_high,
    fit.bias_shift_percent,
    block_50.bias_percent as bias_50_percent,
    block_50.threshold_percent as threshold_50_percent,
    training_status.status as training_status,
    performance.is_block_structure_flagged
from core.session_context as session
left join task.choice_session using (session_id)
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
left join task.training_status
    on training_status.session_id = session.session_id
    and training_status.criteria_set = 'brainbox';
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
comment on column analysis.session.start_local is 'Start as the rig''s clock showed it, without zone.';
comment on column analysis.session.end_time is 'End; null when not recorded.';
comment on column analysis.session.duration_s is 'End minus start [s]; null when either is not recorded.';
comment on column analysis.session.task_protocol is
    'Name and version of the task; where it was not recorded, training or biased as the trials'' probabilities tell.';
comment on column analysis.session.is_protocol_inferred is 'True when task_protocol was inferred from the trials.';
comment on column analysis.session.rig is 'Board or rig that ran the task.';
comment on column analysis.session.project_names is 'Projects of the session, separated by commas.';
comment on column analysis.session.user_names is 'People who ran the session, separated by commas.';
comment on column analysis.session.n_trials is 'Trials in the source; null when no trials are loaded.';
comment on column analysis.session.performance is
    'Share of all trials reported on the side of a contrast above 0, 0 to 1: no-go and zero contrast lower it.';
comment on column analysis.session.performance_easy is
    'Share correct of the trials with 50 % contrast or more, 0 to 1; null when there are none.';
comment on column analysis.session.nogo_fraction is 'Share of trials without response, 0 to 1.';
comment on column analysis.session.median_reaction_s is 'Median reaction time, response minus stimulus onset [s].';
comment on column analysis.session.has_reaction_time is 'Whether reaction times by contrast are computed.';
comment on column analysis.session.bias_percent is 'Bias of the psychometric curve over all trials [% contrast].';
comment on column analysis.session.threshold_percent is 'Threshold of the psychometric curve over all trials [% contrast].';
comment on column analysis.session.lapse_low is 'Lapse rate at the left end, 0 to 1.';
comment on column analysis.session.lapse_high is 'Lapse rate at the right end, 0 to 1.';
comment on column analysis.session.bias_shift_percent is 'Bias of one biased block minus that of the other [% contrast], see task.psychometric_fit.';
comment on column analysis.session.bias_50_percent is 'Bias over the 50:50 trials [% contrast]; null when there are none.';
comment on column analysis.session.threshold_50_percent is 'Threshold over the 50:50 trials [% contrast]; null when there are none.';
comment on column analysis.session.training_status is 'Training status of the subject after this session.';
comment on column analysis.session.is_block_structure_flagged is 'Whether the blocks look wrong (too short), see task.session_performance.';

create or replace view analysis.learning_curve as
with day as (
    select
        session.subject_id,
        session.session_date,
        count(*)::integer as n_sessions,
        sum(performance.n_trials)::integer as n_trials,
        sum(performance.n_correct)::integer as n_correct,
        sum(performance.n_easy)::integer as n_easy,
        sum(round(performance.performance_easy * performance.n_easy)) as n_correct_easy
    from core.session
    join task.session_performance as performance using (session_id)
    group by session.subject_id, session.session_date
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
    day.n_correct::double precision / nullif(day.n_trials, 0) as performance,
    day.n_correct_easy / nullif(day.n_easy, 0) as performance_easy
from day
join analysis.training_day using (subject_id, session_date)
join core.subject using (subject_id)
join core.lab using (lab_name);
comment on view analysis.learning_curve is
    'Performance of a subject day by day, sessions of a date pooled. One row per subject and date with computed performance.';
comment on column analysis.learning_curve.subject_id is 'The subject''s key.';
comment on column analysis.learning_curve.lab_name is 'Lab that keeps the subject.';
comment on column analysis.learning_curve.institution_short is 'Short name of the lab''s institution.';
comment on column analysis.learning_curve.subject_nickname is 'Name of the subject within its lab.';
comment on column analysis.learning_curve.session_date is 'The date.';
comment on column analysis.learning_curve.training_day is 'Training day of the subject, from 1; see analysis.training_day.';
comment on column analysis.learning_curve.n_sessions is 'Sessions of the date with computed performance.';
comment on column analysis.learning_curve.n_trials is 'Trials of these sessions.';
comment on column analysis.learning_curve.performance is 'Share correct of all trials, 0 to 1.';
comment on column analysis.learning_curve.performance_easy is
    'Share correct of the trials with 50 % contrast or more, 0 to 1; null when there are none.';

create or replace view analysis.subject as
with trained as (
    select
        training_status.subject_id,
        min(session.session_date) filter (where training_stage.status in ('trained 1a', 'trained 1b'))
            as trained_date
    from task.training_status
    join task.training_stage on training_stage.status = training_status.status
    join core.session on session.session_id = training_status.session_id
    where training_status.criteria_set = 'brainbox'
    group by training_status.subject_id
),
run as (
    select
        session.subject_id,
        count(*)::integer as n_sessions,
        coalesce(sum(choice_session.n_trials), 0)::integer as n_trials,
        min(session.session_date) as first_session_date,
        max(session.session_date) as last_session_date
    from core.session
    left join task.choice_session using (session_id)
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
    coalesce(run.n_trials, 0) as n_trials,
    run.first_session_date,
    run.last_session_date,
    training_history.latest_status as training_status,
    trained.trained_date
from core.subject_context as subject
left join run using (subject_id)
left join task.training_history
    on training_history.subject_id = subject.subject_id
    and training_history.criteria_set = 'brainbox'
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
comment on column analysis.subject.n_trials is 'Trials of the sessions whose trials are loaded.';
comment on column analysis.subject.first_session_date is 'Date of the first session.';
comment on column analysis.subject.last_session_date is 'Date of the last session.';
comment on column analysis.subject.training_status is 'Training status after the last session; null when not computed.';
comment on column analysis.subject.trained_date is 'First date with status trained 1a or trained 1b; null when there is none.';

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
