-- How did each subject learn: share correct on easy trials, day by day?
-- :param lab text default '%' -- pattern of the lab's name
-- :param subject text default '%' -- pattern of the subject's name
-- :column lab_name text -- lab that keeps the subject
-- :column institution_short text -- short name of the lab's institution
-- :column subject_nickname text -- name of the subject within its lab
-- :column training_day integer -- training day of the subject; its first is 1
-- :column session_date date -- the date
-- :column n_sessions integer -- sessions of the date with trials
-- :column n_trials integer -- trials of the date
-- :column performance double precision -- share correct of all trials, 0 to 1
-- :column performance_easy double precision -- share correct of the trials with 50 % contrast or more, 0 to 1
\if :{?lab} \else \set lab '%' \endif
\if :{?subject} \else \set subject '%' \endif
select
    lab_name,
    institution_short,
    subject_nickname,
    training_day,
    session_date,
    n_sessions,
    n_trials,
    performance,
    performance_easy
from analysis.learning_curve
where lab_name like :'lab'
    and subject_nickname like :'subject'
order by lab_name, subject_nickname, session_date;
