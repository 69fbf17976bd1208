-- How does performance grow with training days in the IBL's choice task and in the Allen Institute's change detection?
-- :param lab text default '%' of core.lab.lab_name -- pattern of the lab's name
-- :param include_excluded boolean default 'false' -- also what was taken out of analyses (trialbase exclude)
-- :param include_simulated boolean default 'false' -- also simulated sessions and subjects
-- :column task text -- choice or change detection
-- :column training_day integer -- ordinal day with a session of the task, from 1
-- :column n_subjects integer -- mice whose performance on that day is known
-- :column n_judged integer -- trials that it is of
-- :column mean_comparable_performance double precision -- mean over mice of comparable_performance of analysis.task_day, 0 to 1, chance 0.5: share correct at 50 % contrast or more, mean of hit rate and correct-reject rate
-- :column sd_comparable_performance double precision -- standard deviation over mice; empty for one mouse
-- :column sem_comparable_performance double precision -- standard error of the mean; empty for one mouse
\if :{?lab} \else \set lab '%' \endif
\if :{?include_excluded} \else \set include_excluded 'false' \endif
\if :{?include_simulated} \else \set include_simulated 'false' \endif
select
    task,
    training_day,
    count(*)::integer as n_subjects,
    sum(n_judged)::integer as n_judged,
    avg(comparable_performance) as mean_comparable_performance,
    stddev_samp(comparable_performance) as sd_comparable_performance,
    stddev_samp(comparable_performance) / sqrt(count(*)) as sem_comparable_performance
from analysis.task_day
where comparable_performance is not null
    and lab_name like :'lab'
    and (not is_excluded or :'include_excluded'::boolean)
    and (source is distinct from 'simulated' or :'include_simulated'::boolean)
group by task, training_day
order by task, training_day;
