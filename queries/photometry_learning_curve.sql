-- How do the animals of each target learn the task: performance session by session?
-- :param target text default '%' -- pattern of the target (VTA-DA)
-- :param lab text default '%' -- pattern of the lab's name
-- :column target_nm text -- region and neuromodulator of one of the animal's recordings
-- :column session_n integer -- rank of the session's date among the animal's dates, from 1
-- :column n_subjects integer -- animals of the target with a session there
-- :column mean_fraction_correct double precision -- mean over animals of the share rewarded, 0 to 1
-- :column sd_fraction_correct double precision -- its standard deviation over animals (sample); null for one animal
-- :column mean_fraction_correct_easy double precision -- the same mean at 50 % contrast or more
-- :column mean_bias double precision -- mean bias at probability left 50 % [% contrast]
-- :column mean_threshold double precision -- mean threshold there [% contrast]
\if :{?target} \else \set target '%' \endif
\if :{?lab} \else \set lab '%' \endif
with animal_target as (
    select distinct subject_id, target_nm
    from photometry.catalog_recording
    where target_nm is not null
),
animal as (
    select
        animal_target.target_nm,
        animal_target.subject_id,
        session.session_n,
        avg(performance.fraction_correct) as fraction_correct,
        avg(performance.fraction_correct_easy) as fraction_correct_easy,
        avg(performance.psych_50_bias) as bias,
        avg(performance.psych_50_threshold) as threshold
    from animal_target
    join core.subject using (subject_id)
    join photometry.catalog_session as session using (subject_id)
    join analysis.photometry_performance as performance on performance.eid = session.session_id
    where animal_target.target_nm like :'target'
        and subject.lab_name like :'lab'
    group by animal_target.target_nm, animal_target.subject_id, session.session_n
)
select
    target_nm,
    session_n,
    count(*)::integer as n_subjects,
    avg(fraction_correct) as mean_fraction_correct,
    stddev_samp(fraction_correct) as sd_fraction_correct,
    avg(fraction_correct_easy) as mean_fraction_correct_easy,
    avg(bias) as mean_bias,
    avg(threshold) as mean_threshold
from animal
group by target_nm, session_n
order by target_nm, session_n;
