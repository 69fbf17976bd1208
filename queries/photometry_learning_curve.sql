-- How do the animals of each target learn the task: performance session by session?
-- :param target text default '%' of photometry.target.target_nm -- pattern of the target (VTA-DA)
-- :param lab text default '%' of core.lab.lab_name -- pattern of the lab's name
-- :param include_excluded boolean default 'false' -- also what was taken out of analyses (trialbase exclude)
-- :param include_simulated boolean default 'false' -- also simulated sessions and subjects
-- :column target_nm text -- region and neuromodulator of one of the animal's recordings
-- :column session_n integer -- rank of the session's date among the animal's dates, from 1
-- :column n_subjects integer -- animals of the target with a session there: the n of the shares
-- :column mean_fraction_rewarded double precision -- mean over animals of the share rewarded of the responses, 0 to 1
-- :column sd_fraction_rewarded double precision -- its standard deviation over animals (sample); null for one animal
-- :column sem_fraction_rewarded double precision -- its standard error; null for one animal
-- :column n_subjects_easy integer -- animals with easy trials there: the n of the next mean
-- :column mean_fraction_rewarded_easy double precision -- the same mean at 50 % contrast or more
-- :column sem_fraction_rewarded_easy double precision -- its standard error; null for one animal
-- :column n_subjects_fitted integer -- animals with a good psychometric fit there: the n of bias and threshold
-- :column mean_bias_percent double precision -- mean bias at probability left 50 % over good fits [% contrast]
-- :column sem_bias_percent double precision -- its standard error [% contrast]; null for one animal
-- :column mean_threshold_percent double precision -- mean threshold there over good fits [% contrast]
-- :column sem_threshold_percent double precision -- its standard error [% contrast]; null for one animal
\if :{?target} \else \set target '%' \endif
\if :{?lab} \else \set lab '%' \endif
\if :{?include_excluded} \else \set include_excluded 'false' \endif
\if :{?include_simulated} \else \set include_simulated 'false' \endif
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
        avg(performance.fraction_rewarded) as fraction_rewarded,
        avg(performance.fraction_rewarded_easy) as fraction_rewarded_easy,
        avg(performance.psych_50_bias_percent) filter (where performance.psych_50_fit_quality = 'good') as bias_percent,
        avg(performance.psych_50_threshold_percent) filter (where performance.psych_50_fit_quality = 'good')
            as threshold_percent
    from animal_target
    join core.subject using (subject_id)
    join photometry.catalog_session as session using (subject_id)
    join analysis.photometry_performance as performance on performance.session_id = session.session_id
    where animal_target.target_nm like :'target'
        and subject.lab_name like :'lab'
        and (not performance.is_excluded or :'include_excluded'::boolean)
        and (performance.source is distinct from 'simulated' or :'include_simulated'::boolean)
    group by animal_target.target_nm, animal_target.subject_id, session.session_n
)
select
    target_nm,
    session_n,
    count(*)::integer as n_subjects,
    avg(fraction_rewarded) as mean_fraction_rewarded,
    stddev_samp(fraction_rewarded) as sd_fraction_rewarded,
    stddev_samp(fraction_rewarded) / sqrt(count(fraction_rewarded)) as sem_fraction_rewarded,
    count(fraction_rewarded_easy)::integer as n_subjects_easy,
    avg(fraction_rewarded_easy) as mean_fraction_rewarded_easy,
    stddev_samp(fraction_rewarded_easy) / sqrt(count(fraction_rewarded_easy)) as sem_fraction_rewarded_easy,
    count(bias_percent)::integer as n_subjects_fitted,
    avg(bias_percent) as mean_bias_percent,
    stddev_samp(bias_percent) / sqrt(count(bias_percent)) as sem_bias_percent,
    avg(threshold_percent) as mean_threshold_percent,
    stddev_samp(threshold_percent) / sqrt(count(threshold_percent)) as sem_threshold_percent
from animal
group by target_nm, session_n
order by target_nm, session_n;
