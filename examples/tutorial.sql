-- The tutorial's four exercises in psql: psql -X -v out=FOLDER -f examples/tutorial.sql
\set ON_ERROR_STOP on
\if :{?out} \else \set out '.' \endif
\pset format csv
\pset null ''

-- Exercise 1: the animals, and their training sessions, as the tutorial joins them; saved as files.
create temporary view subjects as
select
    lab_name,
    subject_nickname,
    sex,
    subject_birth_date,
    time_zone,
    subject_uuid
from analysis.ibl_subject
natural join analysis.ibl_subject_lab
natural join analysis.ibl_lab;

create temporary view sessions as
select
    lab_name,
    subject_nickname,
    session_date,
    session_number,
    n_trials,
    performance_easy,
    threshold,
    bias,
    lapse_low,
    lapse_high,
    fit_quality,
    training_status,
    user_name,
    case when is_start_time_known then extract(epoch from session_end_time - session_start_time) end::double precision
        as session_duration_s,
    is_start_time_known,
    session_start_time,
    session_uuid
from analysis.ibl_trial_set
natural join analysis.ibl_psych_results
natural join analysis.ibl_reaction_time
natural join analysis.ibl_session_training_status
natural join (
    select * from analysis.ibl_session where task_protocol like '%training%' and source <> 'simulated' and not is_excluded
) as training_session
natural join analysis.ibl_session_user
natural join subjects;

\set file :out '/subjects.csv'
\o :file
select * from subjects
where subject_uuid in (select subject_id from analysis.session where source <> 'simulated')
order by lab_name, subject_nickname;
\set file :out '/sessions.csv'
\o :file
select
    lab_name,
    subject_nickname,
    session_date,
    session_number,
    n_trials,
    performance_easy,
    threshold,
    bias,
    lapse_low,
    lapse_high,
    fit_quality,
    training_status,
    user_name,
    session_duration_s,
    is_start_time_known,
    session_uuid
from sessions
order by lab_name, subject_nickname, session_start_time, user_name;

-- Exercise 2: when, how many, and how performance changes from session to session. A session with two people counts once.
create temporary table session as
select distinct on (session_uuid) * from sessions order by session_uuid, user_name;
\set file :out '/sessions_by_hour.csv'
\o :file
select lab_name, extract(hour from session_start_time)::integer as hour, count(*) as n_sessions
from session
where is_start_time_known
group by lab_name, hour
order by lab_name, hour;
\set file :out '/sessions_per_lab.csv'
\o :file
select lab_name, count(*) as n_sessions from session group by lab_name order by lab_name;
\set file :out '/sessions_per_subject.csv'
\o :file
select lab_name, subject_nickname, count(*) as n_sessions
from session
group by lab_name, subject_nickname
order by lab_name, subject_nickname;
\set file :out '/performance_by_session.csv'
\o :file
with numbered as (
    select
        performance_easy,
        row_number() over (partition by lab_name, subject_nickname order by session_start_time) as session_ordinal
    from session
)
select
    session_ordinal,
    count(performance_easy) as n_subjects,
    avg(performance_easy) as mean_performance_easy,
    stddev_samp(performance_easy) / sqrt(count(performance_easy)) as sem_performance_easy
from numbered
group by session_ordinal
order by session_ordinal;

-- Exercise 3: the single trials of one animal, the one with most training sessions (restrict first: trials are many).
select lab_name as chosen_lab, subject_nickname as chosen_subject
from session
group by lab_name, subject_nickname
order by count(*) desc, lab_name, subject_nickname
limit 1
\gset
create temporary table chosen_trial as
select trial.*
from analysis.trial
where trial.session_id in (
    select session_uuid from session where lab_name = :'chosen_lab' and subject_nickname = :'chosen_subject'
);
\set file :out '/trials.csv'
\o :file
select session_date, session_number, trial, signed_contrast, choice, is_correct, is_rewarded, response_time_s
from chosen_trial
order by session_date, session_number, trial;
\set file :out '/points.csv'
\o :file
select
    signed_contrast,
    count(*) as n_responses,
    avg(is_right::integer)::double precision as fraction_right,
    sqrt(avg(is_right::integer) * (1 - avg(is_right::integer)) / count(*))::double precision as sem_fraction_right
from chosen_trial
where is_right is not null and signed_contrast is not null
group by signed_contrast
order by signed_contrast;

-- Exercise 4: figure 2a. Days of more than 100 trials of the animals that were trained; a median over three days, with 0 beyond the ends,
-- as the paper's filter has it.
create temporary table figure_2a as
with day as (
    select
        curve.lab_name,
        curve.subject_nickname,
        curve.session_date,
        curve.training_day,
        100 * curve.performance_easy as performance_easy_percent,
        curve.session_date >= subject.trained_date as is_trained,
        coalesce(lag(100 * curve.performance_easy) over by_day, 0) as day_before,
        coalesce(lead(100 * curve.performance_easy) over by_day, 0) as day_after
    from analysis.learning_curve as curve
    join analysis.subject using (subject_id)
    where curve.source <> 'simulated'
        and not curve.is_excluded
        and curve.n_trials > 100
        and curve.performance_easy is not null
        and subject.trained_date is not null
    window by_day as (partition by curve.subject_id order by curve.session_date)
)
select
    lab_name,
    subject_nickname,
    session_date,
    training_day,
    performance_easy_percent,
    (
        select percentile_cont(0.5) within group (order by value)
        from unnest(array[day_before, performance_easy_percent, day_after]) as near (value)
    ) as smoothed_percent,
    is_trained
from day;
\set file :out '/figure_2a.csv'
\o :file
select * from figure_2a order by lab_name, subject_nickname, session_date;
\set file :out '/figure_2a_mean.csv'
\o :file
select
    lab_name,
    training_day,
    count(*) as n_subjects,
    avg(smoothed_percent) as mean_percent,
    stddev_samp(smoothed_percent) / sqrt(count(*)) as sem_percent
from figure_2a
group by lab_name, training_day
order by lab_name, training_day;

-- And drawn, as far as a terminal can: the mean over all animals.
\o
\pset format aligned
\echo 'easy performance by training day, all labs'
select
    training_day,
    count(*) as n_subjects,
    round(avg(smoothed_percent)::numeric, 1) as mean_percent,
    repeat('#', round(avg(smoothed_percent) / 2)::integer) as curve
from figure_2a
group by training_day
order by training_day
limit 40;
