-- How did each subject learn: share correct on easy trials, day by day?
-- :param lab text default '%' of core.lab.lab_name -- pattern of the lab's name
-- :param subject text default '%' of core.subject.nickname -- pattern of the subject's name
-- :param include_excluded boolean default 'false' -- also what was taken out of analyses (trialbase exclude)
-- :param include_simulated boolean default 'false' -- also simulated sessions and subjects
-- :column lab_name text -- lab that keeps the subject
-- :column institution_short text -- short name of the lab's institution
-- :column subject_nickname text -- name of the subject within its lab
-- :column training_day integer -- training day of the subject; its first is 1
-- :column session_date date -- the date
-- :column n_sessions integer -- sessions of the date with trials
-- :column n_trials integer -- trials of the date
-- :column n_easy integer -- of them with 50 % contrast or more
-- :column performance double precision -- share of the trials reported on the side of a contrast above 0, 0 to 1: no-go and contrast 0 lower it
-- :column performance_easy double precision -- share of the easy trials reported on the right side, 0 to 1
-- :column sem_performance_easy double precision -- standard error of this share over trials, sqrt(p (1 - p) / n)
\if :{?lab} \else \set lab '%' \endif
\if :{?subject} \else \set subject '%' \endif
\if :{?include_excluded} \else \set include_excluded 'false' \endif
\if :{?include_simulated} \else \set include_simulated 'false' \endif
select
    lab_name,
    institution_short,
    subject_nickname,
    training_day,
    session_date,
    n_sessions,
    n_trials,
    n_easy,
    performance,
    performance_easy,
    sqrt(performance_easy * (1 - performance_easy) / n_easy) as sem_performance_easy
from analysis.learning_curve
where lab_name like :'lab'
    and subject_nickname like :'subject'
    and (not is_excluded or :'include_excluded'::boolean)
    and (source is distinct from 'simulated' or :'include_simulated'::boolean)
order by lab_name, subject_nickname, session_date;
