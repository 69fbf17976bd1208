-- How much of their sessions are mice engaged in change detection, as training goes on?
-- :param lab text default '%' of core.lab.lab_name -- pattern of the lab's name
-- :param include_excluded boolean default 'false' -- also what was taken out of analyses (trialbase exclude)
-- :param include_simulated boolean default 'false' -- also simulated sessions and subjects
-- :column training_day integer -- training day of the mouse, from 1
-- :column n_subjects integer -- mice with trials on that day, passive sessions left out
-- :column n_trials integer -- their trials
-- :column mean_engaged_fraction double precision -- mean over mice of the share of the day's trials that are engaged ones, 0 to 1
-- :column sd_engaged_fraction double precision -- standard deviation over mice; empty for one mouse
-- :column sem_engaged_fraction double precision -- standard error of the mean; empty for one mouse
\if :{?lab} \else \set lab '%' \endif
\if :{?include_excluded} \else \set include_excluded 'false' \endif
\if :{?include_simulated} \else \set include_simulated 'false' \endif
with mouse as (
    select
        subject_id,
        training_day,
        sum(trial_count) as n_trials,
        sum(engaged_trial_count)::double precision / nullif(sum(trial_count), 0) as engaged_fraction
    from analysis.change_performance
    where not is_passive
        and lab_name like :'lab'
        and (not is_excluded or :'include_excluded'::boolean)
        and (source is distinct from 'simulated' or :'include_simulated'::boolean)
    group by subject_id, training_day
)
select
    training_day,
    count(*)::integer as n_subjects,
    sum(n_trials)::integer as n_trials,
    avg(engaged_fraction) as mean_engaged_fraction,
    stddev_samp(engaged_fraction) as sd_engaged_fraction,
    stddev_samp(engaged_fraction) / sqrt(count(*)) as sem_engaged_fraction
from mouse
where engaged_fraction is not null
group by training_day
order by training_day;
