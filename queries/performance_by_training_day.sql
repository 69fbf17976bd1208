-- How does performance on easy trials change with training days, over subjects?
-- :param lab text default '%' of core.lab.lab_name -- pattern of the lab's name
-- :param include_excluded boolean default 'false' -- also what was taken out of analyses (trialbase exclude)
-- :param include_simulated boolean default 'false' -- also simulated sessions and subjects
-- :column training_day integer -- training day of the subject; its first is 1
-- :column n_subjects integer -- subjects with easy trials on that day
-- :column mean_performance_easy double precision -- mean over subjects of the day's share correct at 50 % contrast or more, 0 to 1
-- :column sd_performance_easy double precision -- standard deviation over subjects; empty for one subject
-- :column sem_performance_easy double precision -- standard error of the mean; empty for one subject
\if :{?lab} \else \set lab '%' \endif
\if :{?include_excluded} \else \set include_excluded 'false' \endif
\if :{?include_simulated} \else \set include_simulated 'false' \endif
select
    training_day,
    count(performance_easy)::integer as n_subjects,
    avg(performance_easy) as mean_performance_easy,
    stddev_samp(performance_easy) as sd_performance_easy,
    stddev_samp(performance_easy) / sqrt(count(performance_easy)) as sem_performance_easy
from analysis.learning_curve
where lab_name like :'lab'
    and performance_easy is not null
    and (not is_excluded or :'include_excluded'::boolean)
    and (source is distinct from 'simulated' or :'include_simulated'::boolean)
group by training_day
order by training_day;
