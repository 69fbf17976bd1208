-- How does performance on easy trials change with training days, over subjects?
-- :param lab text default '%' -- pattern of the lab's name
-- :column training_day integer -- training day of the subject; its first is 1
-- :column n_subjects integer -- subjects with easy trials on that day
-- :column mean_performance_easy double precision -- mean over subjects of the day's share correct at 50 % contrast or more, 0 to 1
-- :column sd_performance_easy double precision -- standard deviation over subjects; empty for one subject
\if :{?lab} \else \set lab '%' \endif
select
    training_day,
    count(performance_easy)::integer as n_subjects,
    avg(performance_easy) as mean_performance_easy,
    stddev_samp(performance_easy) as sd_performance_easy
from analysis.learning_curve
where lab_name like :'lab'
    and performance_easy is not null
group by training_day
order by training_day;
