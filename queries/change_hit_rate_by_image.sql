-- How well does each image get noticed when it appears, over mice?
-- :param lab text default '%' of core.lab.lab_name -- pattern of the lab's name
-- :param engaged_only boolean default 'false' -- only trials while the mouse was engaged
-- :param least_trials integer default '1' -- a mouse counts for an image with so many go trials of it
-- :param include_excluded boolean default 'false' -- also what was taken out of analyses (trialbase exclude)
-- :param include_simulated boolean default 'false' -- also simulated sessions and subjects
-- :column image_name text -- image that appeared
-- :column n_subjects integer -- mice with go trials of it
-- :column n_go integer -- their go trials
-- :column mean_hit_rate double precision -- mean over mice of the share with a hit, 0 to 1
-- :column sd_hit_rate double precision -- standard deviation over mice; empty for one mouse
-- :column sem_hit_rate double precision -- standard error of the mean; empty for one mouse
\if :{?lab} \else \set lab '%' \endif
\if :{?engaged_only} \else \set engaged_only 'false' \endif
\if :{?least_trials} \else \set least_trials '1' \endif
\if :{?include_excluded} \else \set include_excluded 'false' \endif
\if :{?include_simulated} \else \set include_simulated 'false' \endif
with mouse as (
    select
        trial.change_image_name as image_name,
        trial.subject_id,
        count(*) as n_go,
        avg(trial.is_hit::integer)::double precision as hit_rate
    from analysis.change_trial as trial
    left join analysis.change_rolling as rolling using (session_id, trial)
    where trial.is_go
        and not trial.is_passive
        and trial.change_image_name is not null
        and trial.lab_name like :'lab'
        and (rolling.is_engaged or not :'engaged_only'::boolean)
        and (not trial.is_excluded or :'include_excluded'::boolean)
        and (trial.source is distinct from 'simulated' or :'include_simulated'::boolean)
    group by trial.change_image_name, trial.subject_id
    having count(*) >= :'least_trials'::integer
)
select
    image_name,
    count(*)::integer as n_subjects,
    sum(n_go)::integer as n_go,
    avg(hit_rate) as mean_hit_rate,
    stddev_samp(hit_rate) as sd_hit_rate,
    stddev_samp(hit_rate) / sqrt(count(*)) as sem_hit_rate
from mouse
group by image_name
order by image_name;
