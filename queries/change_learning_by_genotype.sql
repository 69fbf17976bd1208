-- How fast do mice of each genotype learn change detection to criterion?
-- :param criterion text default 'two_out_of_three' of task.change_training_criterion.criterion -- rule that a mouse must pass once (task.change_training_criterion)
-- :param lab text default '%' of core.lab.lab_name -- pattern of the lab's name
-- :param include_excluded boolean default 'false' -- also what was taken out of analyses (trialbase exclude)
-- :param include_simulated boolean default 'false' -- also simulated sessions and subjects
-- :column full_genotype text -- genotype
-- :column training_day integer -- training day, from 1
-- :column n_subjects integer -- mice of the genotype with loaded trials
-- :column n_seen integer -- of these, mice that were trained on that day or a later one, or had passed before
-- :column n_reached integer -- of these, mice that passed the rule on that day or before
-- :column share_reached double precision -- n_reached by n_seen, 0 to 1
-- :column sem_share_reached double precision -- its binomial standard error
-- :column n_reached_ever integer -- mice of the genotype that passed at all
-- :column mean_day_reached double precision -- mean over these of the first day on which they passed; empty for none
-- :column sem_day_reached double precision -- its standard error; empty for fewer than two
\if :{?criterion} \else \set criterion 'two_out_of_three' \endif
\if :{?lab} \else \set lab '%' \endif
\if :{?include_excluded} \else \set include_excluded 'false' \endif
\if :{?include_simulated} \else \set include_simulated 'false' \endif
with mouse as (
    select
        coalesce(session.full_genotype, 'unknown') as full_genotype,
        verdict.subject_id,
        max(verdict.training_day) as last_day,
        min(verdict.training_day) filter (where verdict.is_passed) as day_reached
    from analysis.change_stage_criterion as verdict
    join analysis.change_session as session using (session_id)
    where verdict.criterion = :'criterion'
        and verdict.stage_criteria_set = 'visual_behavior'
        and verdict.params_id = 'default'
        and verdict.lab_name like :'lab'
        and (not verdict.is_excluded or :'include_excluded'::boolean)
        and (verdict.source is distinct from 'simulated' or :'include_simulated'::boolean)
    group by coalesce(session.full_genotype, 'unknown'), verdict.subject_id
),
genotype as (
    select
        full_genotype,
        max(last_day) as last_day,
        count(*) as n_subjects,
        count(day_reached) as n_reached_ever,
        avg(day_reached)::double precision as mean_day_reached,
        (stddev_samp(day_reached) / sqrt(nullif(count(day_reached), 0)))::double precision as sem_day_reached
    from mouse
    group by full_genotype
),
day as (
    select
        genotype.full_genotype,
        training_day,
        count(*) as n_seen,
        count(*) filter (where mouse.day_reached <= training_day) as n_reached
    from genotype
    cross join lateral generate_series(1, genotype.last_day) as training_day
    join mouse
        on mouse.full_genotype = genotype.full_genotype
        and (mouse.last_day >= training_day or mouse.day_reached <= training_day)
    group by genotype.full_genotype, training_day
)
select
    day.full_genotype,
    day.training_day,
    genotype.n_subjects::integer,
    day.n_seen::integer,
    day.n_reached::integer,
    day.n_reached::double precision / day.n_seen as share_reached,
    sqrt(day.n_reached::double precision / day.n_seen * (1 - day.n_reached::double precision / day.n_seen) / day.n_seen)
        as sem_share_reached,
    genotype.n_reached_ever::integer,
    genotype.mean_day_reached,
    genotype.sem_day_reached
from day
join genotype using (full_genotype)
order by day.full_genotype, day.training_day;
