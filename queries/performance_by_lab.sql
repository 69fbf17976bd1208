-- How does performance on easy trials change with training days in each lab, and in all labs together?
-- :param lab text default '%' of core.lab.lab_name -- pattern of the lab's name; the mean over all labs stays that of all
-- :param include_excluded boolean default 'false' -- also what was taken out of analyses (trialbase exclude)
-- :param include_simulated boolean default 'false' -- also simulated sessions and subjects
-- :column lab_name text -- lab that keeps the subjects
-- :column training_day integer -- training day of the subject; its first is 1
-- :column n_subjects integer -- the lab's subjects with easy trials on that day
-- :column n_subjects_lab integer -- the lab's subjects with easy trials on any day
-- :column mean_performance_easy double precision -- mean over these subjects of the day's share correct at 50 % contrast or more, 0 to 1
-- :column sem_performance_easy double precision -- standard error of this mean; empty for one subject
-- :column n_subjects_all_labs integer -- subjects of all labs with easy trials on that day
-- :column mean_all_labs double precision -- mean over them, 0 to 1
-- :column sem_all_labs double precision -- its standard error; empty for one subject
\if :{?lab} \else \set lab '%' \endif
\if :{?include_excluded} \else \set include_excluded 'false' \endif
\if :{?include_simulated} \else \set include_simulated 'false' \endif
with day as (
    select lab_name, subject_id, training_day, performance_easy
    from analysis.learning_curve
    where performance_easy is not null
        and (not is_excluded or :'include_excluded'::boolean)
        and (source is distinct from 'simulated' or :'include_simulated'::boolean)
),
lab as (
    select lab_name, count(distinct subject_id) as n_subjects
    from day
    group by lab_name
),
all_labs as (
    select
        training_day,
        count(*) as n_subjects,
        avg(performance_easy) as mean,
        stddev_samp(performance_easy) / sqrt(count(*)) as sem
    from day
    group by training_day
)
select
    day.lab_name,
    day.training_day,
    count(*)::integer as n_subjects,
    lab.n_subjects::integer as n_subjects_lab,
    avg(day.performance_easy) as mean_performance_easy,
    stddev_samp(day.performance_easy) / sqrt(count(*)) as sem_performance_easy,
    all_labs.n_subjects::integer as n_subjects_all_labs,
    all_labs.mean as mean_all_labs,
    all_labs.sem as sem_all_labs
from day
join lab using (lab_name)
join all_labs using (training_day)
where day.lab_name like :'lab'
group by day.lab_name, day.training_day, lab.n_subjects, all_labs.n_subjects, all_labs.mean, all_labs.sem
order by day.lab_name, day.training_day;
