-- How did a mouse do in change detection, session after session?
-- :param subject text of core.subject.nickname -- name of the subject, exactly
-- :param lab text default '%' of core.lab.lab_name -- pattern of the lab's name, for names that several labs use
-- :param include_excluded boolean default 'false' -- also what was taken out of analyses (trialbase exclude)
-- :param include_simulated boolean default 'false' -- also simulated sessions and subjects
-- :column lab_name text -- lab where the session was run
-- :column subject_nickname text -- name of the subject within its lab
-- :column session_no integer -- number of the session among those of the subject, from 1
-- :column session_date date -- calendar date at the rig
-- :column training_day integer -- training day of the subject, from 1
-- :column behavior_session_id bigint -- number of the session at the Allen Institute
-- :column session_type text -- stage of training or imaging
-- :column experience_level text -- Training, Familiar, Novel 1 or Novel >1
-- :column is_passive boolean -- whether the stimuli were only shown
-- :column trial_count integer -- trials; empty, as all that follows, when they are not loaded
-- :column n_aborted integer -- aborted trials
-- :column n_go integer -- go trials
-- :column hit_rate double precision -- share of the go trials with a hit, 0 to 1
-- :column sem_hit_rate double precision -- its binomial standard error
-- :column n_catch integer -- catch trials
-- :column false_alarm_rate double precision -- share of the catch trials with a false alarm, 0 to 1
-- :column sem_false_alarm_rate double precision -- its binomial standard error
-- :column rolling_dprime double precision -- mean of the rolling d'
-- :column max_dprime double precision -- largest rolling d'
-- :column dprime_reason text -- why there is no d': passive, no_catch_trials, no_go_trials or no_trials
-- :column engaged_fraction double precision -- share of the trials that are engaged ones, 0 to 1
-- :column total_reward_volume_ml double precision -- water of all rewards [mL]
-- :column source text -- source of the session
-- :column session_id uuid -- the session's key
\if :{?lab} \else \set lab '%' \endif
\if :{?include_excluded} \else \set include_excluded 'false' \endif
\if :{?include_simulated} \else \set include_simulated 'false' \endif
select
    session.lab_name,
    session.subject_nickname,
    row_number() over (
        partition by session.subject_id
        order by session.session_date, session.start_time, session.session_id
    )::integer as session_no,
    session.session_date,
    training_day.training_day,
    session.behavior_session_id,
    session.session_type,
    session.experience_level,
    session.is_passive,
    performance.trial_count,
    performance.aborted_trial_count as n_aborted,
    performance.go_trial_count as n_go,
    performance.hit_rate,
    sqrt(performance.hit_rate * (1 - performance.hit_rate) / nullif(performance.go_trial_count, 0)) as sem_hit_rate,
    performance.catch_trial_count as n_catch,
    performance.false_alarm_rate,
    sqrt(performance.false_alarm_rate * (1 - performance.false_alarm_rate) / nullif(performance.catch_trial_count, 0))
        as sem_false_alarm_rate,
    performance.rolling_dprime,
    performance.max_dprime,
    performance.dprime_reason,
    performance.engaged_fraction,
    performance.total_reward_volume_ml,
    session.source,
    session.session_id
from analysis.change_session as session
left join analysis.training_day
    on training_day.subject_id = session.subject_id and training_day.session_date = session.session_date
left join analysis.change_performance as performance on performance.session_id = session.session_id
where session.subject_nickname = :'subject'
    and session.lab_name like :'lab'
    and (not session.is_excluded or :'include_excluded'::boolean)
    and (session.source is distinct from 'simulated' or :'include_simulated'::boolean)
order by session.lab_name, session_no;
